#include "muonphase/report/figures/phase_map.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "muonphase/core/error.hpp"
#include "muonphase/report/figures/contours.hpp"
#include "report/figures/layout.hpp"
#include "report/figures/placement.hpp"

namespace muonphase::figures {
namespace {

constexpr double name_size = 8, value_size = 6.5;  // points
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

double bold_width(const Text& text) {
  return paper::bold_width * width(text, name_size) + 4;
}

/// Colour and name of the four phases.
struct Phase {
  Color color;
  Text name, meaning;
};

std::array<Phase, 4> phases_of(const std::array<std::string, 2>& optimizers) {
  const auto favoured = [&](int k) {
    const std::string label = optimizer_label(optimizers[k]);
    return Phase{tint(optimizer_style(optimizers[k]).color, 0.5), label, label + " favoured"};
  };
  return {{{tint(grey, 0.5), "indistinguishable", "indistinguishable"},
           favoured(0),
           favoured(1),
           {tint(okabe_ito::yellow, 0.55), "trade-off", "trade-off"}}};
}

void check(const PhaseMap& map) {
  const Eigen::Index a = map.alpha.size(), b = map.beta.size();
  if (a == 0 || b == 0 || map.phase.rows() != a || map.phase.cols() != b)
    throw StudyError(
        fmt::format("a phase map of {} × {} values has {} × {} phases", a, b, map.phase.rows(), map.phase.cols()));
  if (map.crossing_horizon.size() > 0 && (map.crossing_horizon.rows() != a || map.crossing_horizon.cols() != b))
    throw StudyError("a phase map needs one crossing horizon for each cell");
  if ((map.phase > 3).any()) throw StudyError("the phases of a map must be 0, 1, 2 or 3");
  const auto increases = [](const Eigen::ArrayXd& v) {
    return (v.tail(v.size() - 1) > v.head(v.size() - 1)).all() && v.isFinite().all();
  };
  if (!increases(map.alpha) || !increases(map.beta)) throw StudyError("the exponents of a phase map must increase");
}

/// The map on its plot area: from exponents to points and cells.
struct Frame {
  Eigen::ArrayXd x_edges, y_edges;
  double width, height;

  double x(double alpha) const { return width * (alpha - x_edges(0)) / (x_edges(x_edges.size() - 1) - x_edges(0)); }
  double y(double beta) const { return height * (beta - y_edges(0)) / (y_edges(y_edges.size() - 1) - y_edges(0)); }
  double alpha(double px) const { return x_edges(0) + px / width * (x_edges(x_edges.size() - 1) - x_edges(0)); }
  double beta(double py) const { return y_edges(0) + py / height * (y_edges(y_edges.size() - 1) - y_edges(0)); }
};

/// The segment of α ∈ [from, to] on β(α), cut to the map; empty when outside.
template <class Beta>
Series predicted(const Frame& f, double from, double to, const Style& style, const Text& legend, Beta&& beta) {
  Series s{Kind::line, {}, {}, {}, style, legend};
  constexpr int points = 400;
  std::vector<double> x, y;
  for (int i = 0; i <= points; ++i) {
    const double a = from + (to - from) * i / points, b = beta(a);
    if (f.x(a) < 0 || f.x(a) > f.width || f.y(b) < 0 || f.y(b) > f.height) continue;
    x.push_back(a);
    y.push_back(b);
  }
  s.x = Eigen::Map<Eigen::ArrayXd>(x.data(), static_cast<Eigen::Index>(x.size()));
  s.y = Eigen::Map<Eigen::ArrayXd>(y.data(), static_cast<Eigen::Index>(y.size()));
  return s;
}

/// Where phases are predicted to change (docs/theory.md §6).
std::vector<Series> predictions(const Frame& f) {
  Style late, early;
  late.dash = Dash::dashed;
  early.dash = Dash::dash_dotted;
  late.line_width = early.line_width = 1;
  const Text late_name = "predicted, late: β = 2α − ½, β = ½";
  const Text early_name = "predicted, early: α = ½, 4α + 2β = 1";
  const double left = f.alpha(0), low = f.beta(0), high = f.beta(f.height);
  std::vector<Series> lines = {
      predicted(f, 0.5, 1, late, late_name, [](double a) { return 2 * a - 0.5; }),
      predicted(f, left, 0.5, late, late_name, [](double) { return 0.5; }),
      predicted(f, left, 0.5, early, early_name, [](double a) { return 0.5 - 2 * a; }),
  };
  if (f.x(0.5) >= 0 && f.x(0.5) <= f.width)
    lines.push_back({Kind::line,
                     Eigen::ArrayXd::Constant(200, 0.5),
                     Eigen::ArrayXd::LinSpaced(200, low, high),
                     {},
                     early,
                     early_name});
  std::erase_if(lines, [](const Series& s) { return s.x.size() < 2; });
  return lines;
}

Eigen::Index cell_of(const Eigen::ArrayXd& edges, double value) {
  const auto it = std::upper_bound(edges.begin(), edges.end(), value);
  return std::clamp<Eigen::Index>(it - edges.begin() - 1, 0, edges.size() - 2);
}

/// Cells of the map numbered by region, with the question that places text on it.
struct Regions {
  Eigen::ArrayXXi number;
  int count = 0;

  /// Whether a box centred at a point of the plot lies in the region of one cell.
  bool holds(const Frame& f, int region, double x, double y, double box_width, double box_height) const {
    for (int i = 0; i <= 8; ++i)
      for (int j = 0; j <= 4; ++j) {
        const double px = x + (i / 8.0 - 0.5) * box_width, py = y + (j / 4.0 - 0.5) * box_height;
        if (px < 0 || py < 0 || px > f.width || py > f.height) return false;
        if (number(cell_of(f.x_edges, f.alpha(px)), cell_of(f.y_edges, f.beta(py))) != region) return false;
      }
    return true;
  }
};

/// Connected sets of cells of one phase, numbered from 0.
Regions regions_of(const PhaseMap& map) {
  Regions regions{Eigen::ArrayXXi::Constant(map.phase.rows(), map.phase.cols(), -1), 0};
  Eigen::ArrayXXi& region = regions.number;
  std::vector<std::pair<Eigen::Index, Eigen::Index>> open;
  for (Eigen::Index b = 0; b < region.cols(); ++b)
    for (Eigen::Index a = 0; a < region.rows(); ++a) {
      if (region(a, b) >= 0) continue;
      region(a, b) = regions.count;
      open.emplace_back(a, b);
      while (!open.empty()) {
        const auto [i, j] = open.back();
        open.pop_back();
        for (const auto& [k, l] : {std::pair{i + 1, j}, {i - 1, j}, {i, j + 1}, {i, j - 1}})
          if (k >= 0 && l >= 0 && k < region.rows() && l < region.cols() && region(k, l) < 0 &&
              map.phase(k, l) == map.phase(a, b)) {
            region(k, l) = regions.count;
            open.emplace_back(k, l);
          }
      }
      ++regions.count;
    }
  return regions;
}

/// Names each region inside itself, where the name has most room and crosses no line if possible.
void name_regions(const PhaseMap& map, const Frame& f, const Regions& regions, const std::array<Phase, 4>& phases,
                  const Placement& lines, Placement& names, Panel& panel) {
  struct Best {
    double score = -std::numeric_limits<double>::infinity(), x = 0, y = 0;
    int phase = -1;
  };
  std::vector<Best> best(regions.count);
  for (Eigen::Index b = 0; b < map.phase.cols(); ++b)
    for (Eigen::Index a = 0; a < map.phase.rows(); ++a) {
      const int phase = map.phase(a, b), region = regions.number(a, b);
      const double w = bold_width(phases[phase].name), h = 1.3 * name_size;
      const double x = f.x(map.alpha(a)), y = f.y(map.beta(b));
      double scale = 1;
      while (scale < 3 && regions.holds(f, region, x, y, scale * w, scale * h)) scale += 0.25;
      if (scale == 1) continue;
      const double score = scale + std::clamp(lines.clearance(x, y, w, h), -6.0, 3.0);
      if (score > best[region].score) best[region] = {score, x, y, phase};
    }
  for (const Best& name : best) {
    if (name.phase < 0) continue;
    const Phase& phase = phases[name.phase];
    panel.marks.push_back(
        {f.alpha(name.x), f.beta(name.y), bold(phase.name), name_size, okabe_ito::black, Align::centre, phase.color});
    names.avoid_box(name.x, name.y, bold_width(phase.name), 1.3 * name_size);
  }
}

struct Contour {
  double level = 0;
  std::vector<Polyline> lines;
};

/// Lines of log10 T in the trade-off region.
std::vector<Contour> contours_of(const PhaseMap& map) {
  std::vector<Contour> contours;
  if (map.crossing_horizon.size() == 0) return contours;
  const Eigen::ArrayXXd exponent =
      (map.phase == 3 && map.crossing_horizon > 0).select(map.crossing_horizon.log10(), nan);
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (const double e : exponent.reshaped())
    if (std::isfinite(e)) {
      low = std::min(low, e);
      high = std::max(high, e);
    }
  if (low < high)
    for (const double level : contour_levels(low, high, 8))
      contours.push_back({level, contour_lines(map.alpha, map.beta, exponent, level)});
  std::erase_if(contours, [](const Contour& c) { return c.lines.empty(); });
  return contours;
}

/// Text keeps clear of a line when it keeps clear of points of it a few points of the plot apart.
void avoid_line(const Frame& f, const Eigen::ArrayXd& x, const Eigen::ArrayXd& y, Placement& placement) {
  for (Eigen::Index i = 0; i + 1 < x.size(); ++i) {
    const double x0 = f.x(x(i)), x1 = f.x(x(i + 1)), y0 = f.y(y(i)), y1 = f.y(y(i + 1));
    const int parts = static_cast<int>(std::hypot(x1 - x0, y1 - y0) / 4) + 1;
    for (int k = 0; k <= parts; ++k) placement.avoid(x0 + (x1 - x0) * k / parts, y0 + (y1 - y0) * k / parts);
  }
}

/// Draws the contours, each with its value at the freest place of its lines that are long enough.
void draw_contours(const std::vector<Contour>& contours, const Frame& f, const Regions& regions, const Phase& tradeoff,
                   Placement& placement, Panel& panel) {
  if (contours.empty()) return;
  Series lines{Kind::line, {}, {}, {}, {}, "crossing horizon T"};
  lines.style.line_width = 0.8;
  lines.style.color = {0x5A5A5A};
  std::vector<double> x, y;
  for (const Contour& contour : contours) {
    const Text value = Text::markup(fmt::format("10^{{{:g}}}", contour.level));
    const double w = width(value, value_size) + 2, h = 1.25 * value_size;
    Placement others(f.width, f.height);
    for (const Contour& other : contours)
      for (const Polyline& line : other.lines)
        if (other.level != contour.level) avoid_line(f, line.col(0), line.col(1), others);
    for (const Polyline& line : contour.lines) {
      double most = -0.5 * h, at_x = nan, at_y = nan, length = 0;  // a dense set of lines may be touched, not hidden
      for (Eigen::Index i = 0; i < line.rows(); ++i) {
        x.push_back(line(i, 0));
        y.push_back(line(i, 1));
        const double px = f.x(line(i, 0)), py = f.y(line(i, 1));
        if (i > 0) length += std::hypot(px - f.x(line(i - 1, 0)), py - f.y(line(i - 1, 1)));
        const double near = placement.clearance(px, py, w, h), free = std::min(near, others.clearance(px, py, w, h));
        const int region = regions.number(cell_of(f.x_edges, line(i, 0)), cell_of(f.y_edges, line(i, 1)));
        if (near <= 1 || free <= most || !regions.holds(f, region, px, py, w, h)) continue;
        most = free;
        at_x = px;
        at_y = py;
      }
      x.push_back(nan);
      y.push_back(nan);
      if (std::isnan(at_x) || length < 2 * w) continue;
      placement.avoid_box(at_x, at_y, w, h);
      panel.marks.push_back(
          {f.alpha(at_x), f.beta(at_y), value, value_size, okabe_ito::black, Align::centre, tradeoff.color});
    }
  }
  lines.x = Eigen::Map<Eigen::ArrayXd>(x.data(), static_cast<Eigen::Index>(x.size()));
  lines.y = Eigen::Map<Eigen::ArrayXd>(y.data(), static_cast<Eigen::Index>(y.size()));
  panel.series.insert(panel.series.begin(), lines);
}

Panel map_panel(const PhaseMap& map, const PhaseMapOptions& options, const std::array<Phase, 4>& phases, double w,
                double h) {
  check(map);
  Panel panel;
  panel.title = map.title;
  panel.width = w;
  panel.height = h;
  const Frame f{cell_edges(map.alpha), cell_edges(map.beta), w, h};
  Cells cells{f.x_edges, f.y_edges, {}};
  cells.rgb = map.phase.unaryExpr([&](std::uint8_t p) { return phases[p].color.rgb; });
  panel.cells.push_back(cells);
  // All three phases are named even where one does not occur: that it does not is part of the result.
  for (const int p : {2, 1, 3, 0})
    if (p != 0 || (map.phase == 0).any()) panel.legend.push_back({phases[p].meaning, {}, {}, phases[p].color});
  if (options.predictions) panel.series = predictions(f);
  const std::vector<Contour> contours = contours_of(map);
  Placement values(w, h);
  for (const Series& s : panel.series) avoid_line(f, s.x, s.y, values);
  Placement names = values;
  for (const Contour& contour : contours)
    for (const Polyline& line : contour.lines) avoid_line(f, line.col(0), line.col(1), names);
  const Regions regions = regions_of(map);
  name_regions(map, f, regions, phases, names, values, panel);
  draw_contours(contours, f, regions, phases[3], values, panel);
  return panel;
}

}  // namespace

Figure phase_map_figure(const std::vector<PhaseMap>& maps, const PhaseMapOptions& options) {
  Figure figure{options.title, options.subtitle, {}, 1};
  const int count = static_cast<int>(maps.size());
  figure.columns = count <= 1 ? 1 : count == 2 || count == 4 ? 2 : 3;
  const bool single = count == 1;
  const std::array<Phase, 4> phases = phases_of(options.optimizers);
  for (int i = 0; i < count; ++i) {
    Panel panel = map_panel(maps[i], options, phases, single ? 262 : 170, single ? 205 : 140);
    if (i + figure.columns >= count) panel.x.label = "data exponent α";
    if (i % figure.columns == 0) panel.y.label = "target exponent β";
    figure.panels.push_back(std::move(panel));
  }
  return figure;
}

}  // namespace muonphase::figures
