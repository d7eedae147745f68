#include "eventsource/bench/svg_chart.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace es_bench {

namespace {

constexpr double panel_width = 440;
constexpr double panel_height = 300;
constexpr double left = 72;
constexpr double right = 24;
constexpr double top = 40;
constexpr double bottom = 52;
constexpr std::size_t panels_in_a_row = 2;

// A picture that a page shows with <img> sees no style of that page, but does
// see the reader's theme.
constexpr const char* style =
  "<style>\n"
  "svg { background: #ffffff; font: 12px sans-serif; }\n"
  "text { fill: #1f2328; }\n"
  ".title { font-size: 14px; font-weight: bold; }\n"
  ".axis { stroke: #59636e; fill: none; }\n"
  ".grid { stroke: #d1d9e0; fill: none; }\n"
  ".curve { stroke: #0969da; stroke-width: 2; fill: none; }\n"
  ".point { fill: #0969da; }\n"
  "@media (prefers-color-scheme: dark) {\n"
  "svg { background: #0d1117; }\n"
  "text { fill: #e6edf3; }\n"
  ".axis { stroke: #9198a1; }\n"
  ".grid { stroke: #3d444d; }\n"
  ".curve { stroke: #58a6ff; }\n"
  ".point { fill: #58a6ff; }\n"
  "}\n"
  "</style>\n";

/// From the power of ten below the values to the one above.
class log_axis {
public:
  log_axis(double least, double most, double from, double to)
    : first_(static_cast<int>(std::floor(std::log10(least)))),
      last_(
        std::max(first_ + 1, static_cast<int>(std::ceil(std::log10(most))))),
      from_(from), to_(to) {
    // nop
  }

  [[nodiscard]] double place(double value) const {
    auto part = (std::log10(value) - first_) / (last_ - first_);
    return from_ + part * (to_ - from_);
  }

  [[nodiscard]] std::vector<double> ticks() const {
    std::vector<double> result;
    for (int power = first_; power <= last_; ++power)
      result.push_back(std::pow(10.0, power));
    return result;
  }

private:
  int first_;
  int last_;
  double from_;
  double to_;
};

std::string escaped(const std::string& text) {
  std::string result;
  for (char c : text) {
    if (c == '&')
      result += "&amp;";
    else if (c == '<')
      result += "&lt;";
    else if (c == '>')
      result += "&gt;";
    else
      result += c;
  }
  return result;
}

/// 0.01, 1, 1,000.
std::string tick_text(double value) {
  auto text = fmt::format("{:g}", value);
  if (value < 1'000)
    return text;
  text = fmt::format("{:.0f}", value);
  for (auto i = static_cast<std::ptrdiff_t>(text.size()) - 3; i > 0; i -= 3)
    text.insert(static_cast<std::size_t>(i), ",");
  return text;
}

std::string line(const char* kind, double x1, double y1, double x2, double y2) {
  return fmt::format("<line class=\"{}\" x1=\"{:.1f}\" y1=\"{:.1f}\" "
                     "x2=\"{:.1f}\" y2=\"{:.1f}\"/>\n",
                     kind, x1, y1, x2, y2);
}

std::string text(double x, double y, const char* anchor,
                 const std::string& what, const char* more = "") {
  return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\"{}>"
                     "{}</text>\n",
                     x, y, anchor, more, escaped(what));
}

std::string axes(const chart& what, const log_axis& x, const log_axis& y) {
  constexpr double x_end = panel_width - right;
  constexpr double y_end = panel_height - bottom;
  std::string svg;
  for (auto tick : x.ticks()) {
    svg += line("grid", x.place(tick), top, x.place(tick), y_end);
    svg += text(x.place(tick), y_end + 16, "middle", tick_text(tick));
  }
  for (auto tick : y.ticks()) {
    svg += line("grid", left, y.place(tick), x_end, y.place(tick));
    svg += text(left - 6, y.place(tick) + 4, "end", tick_text(tick));
  }
  svg += line("axis", left, y_end, x_end, y_end);
  svg += line("axis", left, top, left, y_end);
  constexpr double middle = (top + y_end) / 2;
  svg += text((left + x_end) / 2, 22, "middle", what.title, " class=\"title\"");
  svg += text((left + x_end) / 2, panel_height - 14, "middle", what.x_label);
  svg +=
    text(14, middle, "middle", what.y_label,
         fmt::format(" transform=\"rotate(-90 14 {:.1f})\"", middle).c_str());
  return svg;
}

std::string curve(const chart& what, const log_axis& x, const log_axis& y) {
  std::string path;
  std::string points;
  for (const auto& point : what.points) {
    path += fmt::format("{:.1f},{:.1f} ", x.place(point.x), y.place(point.y));
    points += fmt::format("<circle class=\"point\" cx=\"{:.1f}\" cy=\"{:.1f}\" "
                          "r=\"3.5\"><title>{:g}: {:.4g}</title></circle>\n",
                          x.place(point.x), y.place(point.y), point.x, point.y);
  }
  return "<polyline class=\"curve\" points=\"" + path + "\"/>\n" + points;
}

std::string panel(const chart& what) {
  if (what.points.empty())
    return text(panel_width / 2, 22, "middle", what.title, " class=\"title\"");
  auto [x_least, x_most] =
    std::minmax_element(what.points.begin(), what.points.end(),
                        [](const auto& a, const auto& b) { return a.x < b.x; });
  auto [y_least, y_most] =
    std::minmax_element(what.points.begin(), what.points.end(),
                        [](const auto& a, const auto& b) { return a.y < b.y; });
  log_axis x{x_least->x, x_most->x, left, panel_width - right};
  log_axis y{y_least->y, y_most->y, panel_height - bottom, top};
  return axes(what, x, y) + curve(what, x, y);
}

} // namespace

std::string to_svg(const std::vector<chart>& charts) {
  const auto rows = (charts.size() + panels_in_a_row - 1) / panels_in_a_row;
  const auto columns = std::min(charts.size(), panels_in_a_row);
  const auto width = panel_width * static_cast<double>(columns);
  const auto height = panel_height * static_cast<double>(rows);
  auto svg = fmt::format("<svg xmlns=\"http://www.w3.org/2000/svg\" "
                         "width=\"{0:.0f}\" height=\"{1:.0f}\" "
                         "viewBox=\"0 0 {0:.0f} {1:.0f}\" role=\"img\">\n",
                         width, height);
  svg += style;
  for (std::size_t i = 0; i < charts.size(); ++i)
    svg += fmt::format("<g transform=\"translate({:.0f} {:.0f})\">\n{}</g>\n",
                       panel_width * static_cast<double>(i % panels_in_a_row),
                       panel_height * static_cast<double>(i / panels_in_a_row),
                       panel(charts[i]));
  return svg + "</svg>\n";
}

} // namespace es_bench
