#pragma once

#include <spdlog/logger.h>

#include <string>

namespace es::actors {

/// The library's logger, named "eventsource": made on first use, to standard
/// error, at level `warn`. A program that wants its lines elsewhere registers a
/// logger of that name with spdlog before it starts a runtime. Thread-safe.
[[nodiscard]] spdlog::logger& log();

/// Sets the level by its name in the settings (`log.level`).
void set_log_level(const std::string& level);

} // namespace es::actors
