#pragma once

#include <fmt/core.h>

#include <string>

namespace es::actors {

/// Lines of the library's log, a logger of spdlog's named "eventsource": made
/// on first use, to standard error, at level `warn`. A program that wants its
/// lines elsewhere registers a logger of that name with spdlog before it starts
/// a runtime. Thread-safe.
class logger {
public:
  template <class... Args>
  void info(fmt::format_string<Args...> text, Args&&... args) const {
    write(level::info, text, fmt::make_format_args(args...));
  }

  template <class... Args>
  void warn(fmt::format_string<Args...> text, Args&&... args) const {
    write(level::warn, text, fmt::make_format_args(args...));
  }

  template <class... Args>
  void error(fmt::format_string<Args...> text, Args&&... args) const {
    write(level::error, text, fmt::make_format_args(args...));
  }

private:
  enum class level { info, warn, error };

  // Not in the header, because spdlog's own templates compile the whole of fmt
  // once more for each source that logs.
  static void write(level how, fmt::string_view text, fmt::format_args args);
};

[[nodiscard]] inline logger log() {
  return {};
}

/// Sets the level by its name in the settings (`log.level`).
void set_log_level(const std::string& level);

} // namespace es::actors
