#include "eventsource/tools/esctl/output.hpp"

#include "eventsource/tools/esctl/interruption.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <iostream>
#include <unistd.h>
#include <utility>

namespace esctl {

int report(const global_options& options, const es::error& e) {
  stop_here_if_ending();
  if (options.json) {
    nlohmann::ordered_json document;
    document["error"]["code"] = es::to_string(e.code);
    if (!e.reason.empty())
      document["error"]["reason"] = e.reason;
    document["error"]["message"] = e.message;
    print_json(document);
  } else {
    std::cerr << "esctl: " << es::to_string(e) << "\n";
  }
  return exit_code_of(e);
}

int report_usage(const global_options& options, const es::error& e) {
  report(options, e);
  return wrong_usage;
}

int report_opening(const global_options& options, const es::error& e) {
  report(options, e);
  return e.code == es::errc::invalid ? wrong_usage : database_unavailable;
}

void print_json(const nlohmann::ordered_json& document) {
  // Text from outside may be anything; a terminal must get valid UTF-8.
  std::cout << document.dump(-1, ' ', false,
                             nlohmann::ordered_json::error_handler_t::replace)
            << "\n";
}

std::string grouped(std::size_t number) {
  const auto digits = std::to_string(number);
  std::string text;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0)
      text += ',';
    text += digits[i];
  }
  return text;
}

std::string byte_text(std::int64_t bytes) {
  constexpr std::array units = {"B", "KiB", "MiB", "GiB", "TiB"};
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (; value >= 1024 && unit + 1 < units.size(); ++unit)
    value /= 1024;
  return fmt::format("{:.{}f} {}", value, unit == 0 ? 0 : 1, units[unit]);
}

nlohmann::ordered_json parsed(std::string_view text) {
  auto value = nlohmann::ordered_json::parse(text, nullptr, false);
  return value.is_discarded() ? nlohmann::ordered_json(std::string(text))
                              : value;
}

// -- progress_bar -------------------------------------------------------------

progress_bar::progress_bar(const global_options& options, std::string what)
  : what_(std::move(what)),
    visible_(!options.quiet && isatty(STDERR_FILENO) != 0) {
  // nop
}

progress_bar::~progress_bar() {
  clear();
}

void progress_bar::show(double part, std::size_t count) {
  if (!visible_)
    return;
  auto now = clock::now();
  if (now - last_ < std::chrono::milliseconds(100))
    return;
  last_ = now;
  shown_ = true;
  auto seconds = std::chrono::duration<double>(now - start_).count();
  auto rate = seconds > 0 ? static_cast<double>(count) / seconds : 0;
  std::string bar;
  std::string left;
  if (part >= 0) {
    constexpr int width = 24;
    auto filled = static_cast<int>(std::min(part, 1.0) * width);
    bar = " [" + std::string(static_cast<std::size_t>(filled), '#')
          + std::string(static_cast<std::size_t>(width - filled), '.') + "]";
    if (part > 0.01 && part <= 1)
      left = fmt::format(", {:.0f} s left", seconds / part - seconds);
  }
  fmt::print(stderr, "\r\x1b[K{}{} {} ({}/s{})", what_, bar, grouped(count),
             grouped(static_cast<std::size_t>(rate)), left);
  std::fflush(stderr);
}

void progress_bar::clear() {
  if (std::exchange(shown_, false)) {
    fmt::print(stderr, "\r\x1b[K");
    std::fflush(stderr);
  }
}

} // namespace esctl
