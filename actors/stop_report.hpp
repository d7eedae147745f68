#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace es::actors {

/// What `runtime::stop` could not finish.
struct stop_report {
  /// Commands and queries that were accepted and not answered with a receipt or
  /// an error before the deadline; their outcome is in the store, not here.
  std::size_t unanswered = 0;
  /// In words, for a log: which parts did not stop in time.
  std::vector<std::string> late;

  [[nodiscard]] bool clean() const noexcept {
    return unanswered == 0 && late.empty();
  }
};

} // namespace es::actors
