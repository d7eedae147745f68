#pragma once

#include <string>

namespace es::simulation {

/// A broken promise: which one ("promise 1", "deadline"), and how.
struct finding {
  std::string promise;
  std::string text;
};

} // namespace es::simulation
