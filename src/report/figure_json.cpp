#include <fmt/format.h>

#include <cmath>

#include "report/figures/axis.hpp"
#include "report/report_json.hpp"

namespace muonphase {
namespace {

using figures::Axis, figures::Cells, figures::Color, figures::Figure, figures::Frame, figures::Label,
    figures::LegendEntry, figures::Mark, figures::Panel, figures::Range, figures::Series, figures::Style;

template <class List, class Write>
std::string joined(const List& list, Write write) {
  std::string out;
  for (const auto& item : list) out += (out.empty() ? "" : ",") + write(item);
  return "[" + out + "]";
}

std::string text(const Label& label) {
  return json_text(label.plain());
}

std::string numbers(const Eigen::ArrayXd& values) {
  return json_numbers({values.data(), static_cast<std::size_t>(values.size())});
}

std::string color(Color c) {
  return fmt::format("\"#{:06x}\"", c.rgb);
}

std::string style(const Style& s) {
  constexpr const char* dashes[] = {"[]", "[6,5]", "[2,4]", "[8,4,2,4]"};
  constexpr const char* markers[] = {"none", "circle", "open circle", "open square", "diamond", "triangle", "cross"};
  return fmt::format(R"({{"color":{},"opacity":{:.3g},"width":{:.3g},"dash":{},"marker":"{}","size":{:.3g}}})",
                     color(s.color), s.color.opacity, s.line_width, dashes[static_cast<int>(s.dash)],
                     markers[static_cast<int>(s.marker)], s.marker_size);
}

std::string axis(const Axis& a, const Range& r) {
  return fmt::format(R"({{"label":{},"log":{},"min":{:.9g},"max":{:.9g},"zero":{},"first":{:.9g},"categories":{}}})",
                     text(a.label), a.scale == figures::Scale::log, r.min, r.max,
                     r.zero ? fmt::format("{:.9g}", *r.zero) : "null", r.first_positive, joined(a.categories, text));
}

std::string series(const Series& s) {
  constexpr const char* kinds[] = {"line", "points", "band", "vertical", "horizontal"};
  return fmt::format(R"({{"kind":"{}","x":{},"y":{},"upper":{},"style":{},"legend":{}}})",
                     kinds[static_cast<int>(s.kind)], numbers(s.x), numbers(s.y), numbers(s.upper), style(s.style),
                     text(s.legend));
}

std::string cells(const Cells& c) {
  return fmt::format(R"({{"x":{},"y":{},"rgb":{}}})", numbers(c.x_edges), numbers(c.y_edges),
                     joined(c.rgb.rowwise(), [](const auto& row) {
                       return joined(row, [](std::uint32_t rgb) { return color({rgb}); });
                     }));
}

std::string mark(const Mark& m) {
  return fmt::format(R"({{"x":{:.6g},"y":{:.6g},"text":{},"size":{:.3g},"color":{}}})", m.x, m.y, text(m.text), m.size,
                     color(m.color));
}

std::string entry(const LegendEntry& e) {
  return fmt::format(R"({{"text":{},"line":{},"marker":{},"fill":{}}})", text(e.text), e.line ? style(*e.line) : "null",
                     e.marker ? style(*e.marker) : "null", e.fill ? style({.color = *e.fill}) : "null");
}

std::string panel(const Panel& p, const Frame& frame) {
  return fmt::format(R"({{"title":{},"width":{:g},"height":{:g},"x":{},"y":{},"cells":{},"series":{},"marks":{}}})",
                     text(p.title), p.width, p.height, axis(p.x, frame.x), axis(p.y, frame.y),
                     p.cells ? cells(*p.cells) : "null", joined(p.series, series), joined(p.marks, mark));
}

}  // namespace

std::string json_figure(const Figure& figure) {
  const std::vector<Frame> frames = figures::frames_of(figure);
  std::size_t next = 0;
  return fmt::format(R"({{"title":{},"subtitle":{},"columns":{},"panels":{},"legend":{}}})", text(figure.title),
                     text(figure.subtitle), figure.columns,
                     joined(figure.panels, [&](const Panel& p) { return panel(p, frames[next++]); }),
                     joined(figures::legend_of(figure), entry));
}

}  // namespace muonphase
