#pragma once

namespace esctl {

/// From now on SIGINT and SIGTERM ask the program to end in good order.
void catch_interruption();

/// Whether it was asked to.
[[nodiscard]] bool is_interrupted() noexcept;

} // namespace esctl
