#include "eventsource/actors/log.hpp"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <memory>

namespace es::actors {

namespace {

spdlog::logger& output() {
  static const auto logger = [] {
    auto made = spdlog::get("eventsource");
    if (!made) {
      made = spdlog::stderr_color_mt("eventsource");
      made->set_level(spdlog::level::warn);
    }
    return made;
  }();
  return *logger;
}

} // namespace

void logger::write(level how, fmt::string_view text, fmt::format_args args) {
  const auto as = how == level::info   ? spdlog::level::info
                  : how == level::warn ? spdlog::level::warn
                                       : spdlog::level::err;
  if (output().should_log(as))
    output().log(as, fmt::vformat(text, args));
}

void set_log_level(const std::string& level) {
  output().set_level(
    spdlog::level::from_str(level == "warn" ? "warning" : level));
}

} // namespace es::actors
