#pragma once

#include <functional>

namespace esctl {

/// What SIGINT and SIGTERM do from now on, in every subcommand: a thread of
/// their own calls `clean_up` and lets the signal end the program; while an
/// `orderly_end` lives they only ask for the end. A second signal ends the
/// program at once. Call it once, before there is any other thread: those that
/// are started later leave the signals to it.
void watch_interruption(std::function<void()> clean_up);

/// While it lives, a subcommand looks at `is_interrupted` often and ends by
/// itself.
class orderly_end {
public:
  orderly_end();
  ~orderly_end();

  orderly_end(const orderly_end&) = delete;
  orderly_end& operator=(const orderly_end&) = delete;
};

/// Whether the program was asked to end.
[[nodiscard]] bool is_interrupted() noexcept;

/// Returns at once unless the program is being ended by a signal: then whatever
/// fails now fails because of that, and nobody has to hear of it.
void stop_here_if_ending();

/// Ends the program by the signal that it got, as if it had not been caught.
[[noreturn]] void end_by_signal();

} // namespace esctl
