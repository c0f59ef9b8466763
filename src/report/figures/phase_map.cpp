#include "muonphase/report/figures/phase_map.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "muonphase/core/error.hpp"
#include "report/figures/contours.hpp"

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
  const CrossingField& field = map.crossing;
  if (field.value.size() > 0 && (field.value.rows() != field.alpha.size() || field.value.cols() != field.beta.size()))
    throw StudyError("a field of crossings needs one for each node");
  if ((map.phase > 3).any()) throw StudyError("the phases of a map must be 0, 1, 2 or 3");
  const auto increases = [](const Eigen::ArrayXd& v) {
    return (v.tail(v.size() - 1) > v.head(v.size() - 1)).all() && v.isFinite().all();
  };
  if (!increases(map.alpha) || !increases(map.beta)) throw StudyError("the exponents of a phase map must increase");
}

/// The part of each boundary inside the map.
std::vector<Series> cut_to(const Cells& cells, const std::vector<Boundary>& boundaries) {
  const double left = cells.x_edges(0), right = cells.x_edges.tail(1)(0);
  const double low = cells.y_edges(0), high = cells.y_edges.tail(1)(0);
  std::vector<Series> lines;
  for (const auto& [a0, b0, a1, b1, dash, name] : boundaries) {
    double from = 0, to = 1;
    for (const auto& [start, change, least, most] : {std::array{a0, a1 - a0, left, right}, {b0, b1 - b0, low, high}}) {
      if (change == 0) {
        if (start < least || start > most) to = -1;
        continue;
      }
      const double enter = (least - start) / change, leave = (most - start) / change;
      from = std::max(from, std::min(enter, leave));
      to = std::min(to, std::max(enter, leave));
    }
    if (from >= to) continue;
    Style style;
    style.dash = dash;
    style.line_width = 1;
    lines.push_back(line(Eigen::ArrayXd::LinSpaced(2, std::lerp(a0, a1, from), std::lerp(a0, a1, to)),
                         Eigen::ArrayXd::LinSpaced(2, std::lerp(b0, b1, from), std::lerp(b0, b1, to)), style, name));
  }
  return lines;
}

/// A map in points of its plot area, to place words on it. Its cells are of one size.
struct Plot {
  const PhasePanel& map;
  const Cells& cells;
  double cell_width, cell_height;

  double x(double alpha) const {
    return (alpha - cells.x_edges(0)) / (cells.x_edges(1) - cells.x_edges(0)) * cell_width;
  }
  double y(double beta) const {
    return (beta - cells.y_edges(0)) / (cells.y_edges(1) - cells.y_edges(0)) * cell_height;
  }

  /// Whether a text centred at a point lies in cells of one phase, with room around it.
  bool fits(const Label& text, double size, double alpha, double beta, int phase, double scale = 1) const {
    const double w = scale * width(text, size) / 2, h = scale * 0.62 * size;
    const auto low = [](double at, double cell) { return static_cast<Eigen::Index>(std::floor(at / cell)); };
    const Eigen::Index i = low(x(alpha) - w, cell_width), j = low(y(beta) - h, cell_height);
    const Eigen::Index k = low(x(alpha) + w, cell_width), l = low(y(beta) + h, cell_height);
    return i >= 0 && j >= 0 && k < map.phase.rows() && l < map.phase.cols() &&
           (map.phase.block(i, j, k - i + 1, l - j + 1) == phase).all();
  }
};

/// Names each phase where it has most room, and the name crosses none of the lines if possible, of which points are
/// given.
void name_phases(const Plot& plot, const std::array<Label, 4>& names, const Eigen::ArrayX2d& lines,
                 std::vector<Mark>& marks) {
  const PhasePanel& map = plot.map;
  const Eigen::Index step = std::max<Eigen::Index>(1, std::max(map.alpha.size(), map.beta.size()) / 40);
  for (int p = 0; p < 4; ++p) {
    const Label name = bold(names[static_cast<std::size_t>(p)]);
    const double size = 1.15 * name_size, w = width(name, size) / 2, h = 0.62 * size;  // bold text is wider
    double most = 0;
    Mark best;
    for (Eigen::Index j = 0; j < map.beta.size(); j += step)
      for (Eigen::Index i = 0; i < map.alpha.size(); i += step) {
        const double a = map.alpha(i), b = map.beta(j);
        double scale = 1;
        while (scale < 3 && plot.fits(name, size, a, b, p, scale)) scale += 0.25;
        if (scale == 1) continue;
        double free = 3;
        for (const auto& point : lines.rowwise())
          free = std::min(
              free, std::max(std::abs(plot.x(point(0)) - plot.x(a)) - w, std::abs(plot.y(point(1)) - plot.y(b)) - h));
        if (const double score = 10 + scale + std::max(free, -6.0); score > most) {
          most = score;
          best = {a, b, name, name_size, okabe_ito::black, Color{plot.cells.rgb(i, j)}};
        }
      }
    if (most > 0) marks.push_back(best);
  }
}

/// Draws the contours, each with its value where other lines and words are farthest.
void draw_contours(const std::vector<Contour>& contours, const Plot& plot, const Eigen::ArrayX2d& predicted,
                   const Label& name, Panel& panel) {
  if (contours.empty()) return;
  std::vector<double> x, y;
  for (const Contour& contour : contours) {
    const Label text = Label::markup(fmt::format("10^{{{}{:g}}}", contour.level < 0 ? "−" : "", std::abs(contour.level)));
    double most = 0;
    Mark best;
    for (const auto& s : contour.segments.rowwise()) {
      x.insert(x.end(), {s(0), s(2), nan});
      y.insert(y.end(), {s(1), s(3), nan});
      if (!plot.fits(text, 1.3 * value_size, s(0), s(1), 3)) continue;
      double free = 40;
      const auto avoid = [&](double a, double b, double room) {
        free = std::min(free, std::hypot(plot.x(a) - plot.x(s(0)), plot.y(b) - plot.y(s(1))) - room);
      };
      for (const Mark& mark : panel.marks) {  // the words, not only their middles
        const double across = (width(mark.text, mark.size) + width(text, value_size)) / 2,
                     along = 0.6 * (mark.size + value_size);
        free = std::min(free, std::max(std::abs(plot.x(mark.x) - plot.x(s(0))) - across,
                                       std::abs(plot.y(mark.y) - plot.y(s(1))) - along));
      }
      for (const auto& point : predicted.rowwise()) avoid(point(0), point(1), 2);
      for (const Contour& other : contours)
        if (other.level != contour.level)
          for (const auto& t : other.segments.rowwise()) avoid(t(0), t(1), 0);
      if (free <= most) continue;
      most = free;
      best = {s(0), s(1), text, value_size, okabe_ito::black, trade_off};
    }
    if (most > 0) panel.marks.push_back(best);
  }
  const auto array = [](const std::vector<double>& v) {
    return Eigen::Map<const Eigen::ArrayXd>(v.data(), static_cast<Eigen::Index>(v.size()));
  };
  panel.series.insert(panel.series.begin(), line(array(x), array(y), {{0x5A5A5A}, 0.8}, name));
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
  panel.series = cut_to(*panel.cells, map.boundaries);
  const Plot plot{map, *panel.cells, plot_width / static_cast<double>(map.alpha.size()),
                  plot_height / static_cast<double>(map.beta.size())};
  const std::vector<Contour> contours = crossing_contours(map);
  Eigen::ArrayX2d predicted(60 * panel.series.size(), 2);
  for (Eigen::Index k = 0; k < predicted.rows(); ++k) {
    const Series& s = panel.series[static_cast<std::size_t>(k / 60)];
    const double part = static_cast<double>(k % 60) / 59;
    predicted.row(k) << s.x(0) + part * (s.x(1) - s.x(0)), s.y(0) + part * (s.y(1) - s.y(0));
  }
  Eigen::ArrayX2d lines = predicted;
  for (const Contour& contour : contours) {
    lines.conservativeResize(lines.rows() + contour.segments.rows(), 2);
    lines.bottomRows(contour.segments.rows()) = contour.segments.leftCols(2);
  }
  name_phases(plot, {"indistinguishable", first, second, "trade-off"}, lines, panel.marks);
  draw_contours(contours, plot, predicted, map.crossing_name, panel);
  panel.series.insert(panel.series.end(), map.marked.begin(), map.marked.end());
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
