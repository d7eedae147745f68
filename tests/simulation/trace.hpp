#pragma once

#include "eventsource/tests/simulation/order.hpp"

#include <string>
#include <utility>
#include <vector>

namespace es::simulation {

/// What happened in a run, a line each; costs nothing unless it is wanted.
class trace {
public:
  explicit trace(bool wanted) : wanted_(wanted) {
    // nop
  }

  /// `make` gives the text of the line.
  template <class Make>
  void note(moment now, Make&& make) {
    if (!wanted_)
      return;
    auto time = std::to_string(now.count() / 1'000);
    time.insert(time.size() > 3 ? time.size() - 3 : 0, ".");
    lines_.push_back(time + " ms  " + std::string(make()));
  }

  [[nodiscard]] const std::vector<std::string>& lines() const noexcept {
    return lines_;
  }

private:
  bool wanted_;
  std::vector<std::string> lines_;
};

} // namespace es::simulation
