#pragma once

#include "eventsource/bench/curve.hpp"
#include "eventsource/bench/scenario.hpp"

#include <optional>
#include <string>
#include <vector>

namespace es_bench {

/// One JSON object: scenario, runtime, yardstick, ratio, goal, unit, remarks.
/// `yardstick` and `ratio` are null where the goal is a figure of its own.
[[nodiscard]] std::string to_json_text(const measurement& m);

/// The table on the terminal.
[[nodiscard]] std::string head_line();
[[nodiscard]] std::string to_line(const measurement& m);

/// The same as Markdown, and the curves' picture beside it, with the file's
/// name and the ending `.svg`. False if a file can't be written.
[[nodiscard]] bool write_report(const std::string& file,
                                const std::vector<measurement>& all,
                                const std::optional<curves>& shape);

} // namespace es_bench
