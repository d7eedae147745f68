#pragma once

#include <string>
#include <vector>

namespace es_bench {

/// One curve over two logarithmic axes. Points are above zero in both.
struct chart {
  struct point {
    double x = 0;
    double y = 0;
  };

  std::string title;
  std::string x_label;
  std::string y_label;
  std::vector<point> points;
};

/// The charts as one SVG picture, two in a row. Its colours follow the reader's
/// light or dark theme.
[[nodiscard]] std::string to_svg(const std::vector<chart>& charts);

} // namespace es_bench
