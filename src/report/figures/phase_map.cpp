#include "muonphase/report/figures/phase_map.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "muonphase/core/error.hpp"
#include "report/figures/contours.hpp"
#include "report/figures/room.hpp"

namespace muonphase::figures {
namespace {

constexpr double name_size = 8, value_size = 6.5;  // points
const Color trade_off = tint(okabe_ito::yellow, 0.55);
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

void check(const PhasePanel& map) {
  const Eigen::Index a = map.alpha.size(), b = map.beta.size();
  if (a == 0 || b == 0 || map.phase.rows() != a || map.phase.cols() != b)
    throw StudyError(
        fmt::format("a phase map of {} × {} values has {} × {} phases", a, b, map.phase.rows(), map.phase.cols()));
  const Field& field = map.crossing_horizon;
  if (field.value.size() > 0 && (field.value.rows() != field.alpha.size() || field.value.cols() != field.beta.size()))
    throw StudyError("a field of crossing horizons needs one for each node");
  if ((map.phase > 3).any()) throw StudyError("the phases of a map must be 0, 1, 2 or 3");
  const auto increases = [](const Eigen::ArrayXd& v) {
    return (v.tail(v.size() - 1) > v.head(v.size() - 1)).all() && v.isFinite().all();
  };
  if (!increases(map.alpha) || !increases(map.beta)) throw StudyError("the exponents of a phase map must increase");
}

/// Where phases are predicted to change (docs/theory.md §6), cut to the map.
std::vector<Series> predictions(const Cells& cells) {
  Style late, early;
  late.dash = Dash::dashed;
  early.dash = Dash::dash_dotted;
  late.line_width = early.line_width = 1;
  const double left = cells.x_edges(0), right = cells.x_edges.tail(1)(0);
  const double low = cells.y_edges(0), high = cells.y_edges.tail(1)(0);
  std::vector<Series> lines;
  const auto add = [&](double a0, double b0, double a1, double b1, const Style& style, const char* name) {
    // The part of the segment inside the map; horizontal or rising in β or vertical, so two cuts do.
    double from = 0, to = 1;
    for (const auto& [start, change, least, most] : {std::array{a0, a1 - a0, left, right}, {b0, b1 - b0, low, high}}) {
      if (change == 0) {
        if (start < least || start > most) return;
        continue;
      }
      const double enter = (least - start) / change, leave = (most - start) / change;
      from = std::max(from, std::min(enter, leave));
      to = std::min(to, std::max(enter, leave));
    }
    if (from < to)
      lines.push_back(line(Eigen::ArrayXd::LinSpaced(2, a0 + from * (a1 - a0), a0 + to * (a1 - a0)),
                           Eigen::ArrayXd::LinSpaced(2, b0 + from * (b1 - b0), b0 + to * (b1 - b0)), style, name));
  };
  const char *late_name = "predicted, late: β = 2α − ½, β = ½", *early_name = "predicted, early: α = ½, 4α + 2β = 1";
  add(0.5, 0.5, 1, 1.5, late, late_name);
  add(std::min(left, 0.5), 0.5, 0.5, 0.5, late, late_name);
  add(std::min(left, 0.5), 0.5 - 2 * std::min(left, 0.5), 0.5, -0.5, early, early_name);
  add(0.5, low, 0.5, high, early, early_name);
  return lines;
}

/// Names each phase where it has most room, and the name crosses no line if possible.
void name_phases(const PhasePanel& map, const std::array<Label, 4>& names, Room& room, Panel& panel) {
  const Eigen::Index step = std::max<Eigen::Index>(1, std::max(map.alpha.size(), map.beta.size()) / 40);
  for (int p = 0; p < 4; ++p) {
    const Label& name = names[static_cast<std::size_t>(p)];
    constexpr double size = 1.15 * name_size;  // bold
    double most = -100;
    Mark best;
    for (Eigen::Index j = 0; j < map.beta.size(); j += step)
      for (Eigen::Index i = 0; i < map.alpha.size(); i += step) {
        const double a = map.alpha(i), b = map.beta(j);
        double scale = 1;
        while (scale < 3 && room.fits(name, a, b, size, p, scale)) scale += 0.25;
        if (scale == 1) continue;
        const double score = scale + std::clamp(room.clearance(name, a, b, size), -6.0, 3.0);
        if (score <= most) continue;
        most = score;
        best = {a, b, bold(name), name_size, okabe_ito::black, Color{panel.cells->rgb(i, j)}};
      }
    if (most > -100) panel.marks.push_back(best);
  }
}

/// Draws the contours, each with its value where it is freest.
void draw_contours(const std::vector<Contour>& contours, Room& values, Panel& panel) {
  if (contours.empty()) return;
  std::vector<double> x, y;
  for (const Contour& contour : contours) {
    Room room = values;
    for (const Contour& other : contours)
      for (const auto& s : other.segments.rowwise())
        if (other.level != contour.level) room.avoid_line(s(0), s(1), s(2), s(3));
    const Label text = Label::markup(fmt::format("10^{{{:g}}}", contour.level));
    double most = -0.6 * value_size, at_x = nan, at_y = nan;  // dense lines may be touched, not hidden
    for (const auto& s : contour.segments.rowwise()) {
      x.insert(x.end(), {s(0), s(2), nan});
      y.insert(y.end(), {s(1), s(3), nan});
      if (!values.fits(text, s(0), s(1), value_size, 3) || values.clearance(text, s(0), s(1), value_size) < 1) continue;
      if (const double free = room.clearance(text, s(0), s(1), value_size); free > most) {
        most = free;
        at_x = s(0);
        at_y = s(1);
      }
    }
    if (std::isnan(at_x)) continue;
    values.avoid(text, at_x, at_y, value_size);
    panel.marks.push_back({at_x, at_y, text, value_size, okabe_ito::black, trade_off});
  }
  Style style;
  style.line_width = 0.8;
  style.color = {0x5A5A5A};
  const auto array = [](const std::vector<double>& v) {
    return Eigen::Map<const Eigen::ArrayXd>(v.data(), static_cast<Eigen::Index>(v.size()));
  };
  panel.series.insert(panel.series.begin(), line(array(x), array(y), style, "crossing horizon T"));
}

Panel map_panel(const PhasePanel& map, const PhaseMapOptions& options, double plot_width, double plot_height) {
  check(map);
  Panel panel;
  panel.title = map.title;
  panel.width = plot_width;
  panel.height = plot_height;
  const std::array<Color, 4> colors = phase_colors(options.optimizers);
  panel.cells = Cells{cell_edges(map.alpha), cell_edges(map.beta), {}};
  panel.cells->rgb = map.phase.unaryExpr([&](std::uint8_t p) { return colors[p].rgb; });
  const Label first = optimizer_label(options.optimizers[0]), second = optimizer_label(options.optimizers[1]);
  // Both optimizers and the trade-off are named even where they do not occur: that they do not is part of the result.
  panel.legend = {{second + " favoured", {}, {}, colors[2]},
                  {first + " favoured", {}, {}, colors[1]},
                  {"trade-off", {}, {}, colors[3]}};
  if ((map.phase == 0).any()) panel.legend.push_back({"indistinguishable", {}, {}, colors[0]});
  if (map.predictions) panel.series = predictions(*panel.cells);
  panel.series.insert(panel.series.end(), map.marked.begin(), map.marked.end());
  Room values(map, *panel.cells, plot_width, plot_height);
  for (const Series& s : panel.series)
    for (Eigen::Index i = 0; i < s.x.size(); ++i) {
      const Eigen::Index next = s.kind == Kind::line ? std::min(i + 1, s.x.size() - 1) : i;
      values.avoid_line(s.x(i), s.y(i), s.x(next), s.y(next));
    }
  const std::vector<Contour> contours = crossing_contours(map);
  Room names = values;
  for (const Contour& contour : contours)
    for (const auto& s : contour.segments.rowwise()) names.avoid_line(s(0), s(1), s(2), s(3));
  name_phases(map, {"indistinguishable", first, second, "trade-off"}, names, panel);
  for (const Mark& mark : panel.marks) values.avoid(mark.text, mark.x, mark.y, 1.15 * mark.size);
  draw_contours(contours, values, panel);
  return panel;
}

}  // namespace

std::array<Color, 4> phase_colors(const std::array<std::string, 2>& optimizers) {
  return {tint(grey, 0.5), tint(optimizer_color(optimizers[0]), 0.5), tint(optimizer_color(optimizers[1]), 0.5),
          trade_off};
}

Figure phase_map_figure(const std::vector<PhasePanel>& maps, const PhaseMapOptions& options) {
  Figure figure{options.title, options.subtitle, {}, 1};
  const int count = static_cast<int>(maps.size());
  figure.columns = count <= 1 ? 1 : count == 2 || count == 4 ? 2 : 3;
  for (int i = 0; i < count; ++i) {
    Panel panel = map_panel(maps[static_cast<std::size_t>(i)], options, count == 1 ? 262 : 170, count == 1 ? 205 : 140);
    if (i + figure.columns >= count) panel.x.label = "data exponent α";
    if (i % figure.columns == 0) panel.y.label = "target exponent β";
    figure.panels.push_back(std::move(panel));
  }
  return figure;
}

}  // namespace muonphase::figures
