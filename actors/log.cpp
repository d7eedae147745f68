#include "eventsource/actors/log.hpp"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <memory>

namespace es::actors {

spdlog::logger& log() {
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

void set_log_level(const std::string& level) {
  log().set_level(spdlog::level::from_str(level == "warn" ? "warning" : level));
}

} // namespace es::actors
