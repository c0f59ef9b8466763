#include "muonphase/io/figures/phase_map.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "muonphase/error.hpp"
#include "muonphase/io/figures/contours.hpp"
#include "placement.hpp"

namespace muonphase::figures {
namespace {

constexpr double name_size = 8, value_size = 6.5;  // points
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// Colour and name of the four phases.
struct Phase {
  Color color;
  Text name, meaning;
};

std::array<Phase, 4> phases_of(const std::array<std::string, 2>& optimizers) {
  const auto favoured = [&](int k) {
    const std::string label = optimizer_label(optimizers[k]);
    return Phase{tint(optimizer_style(optimizers[k]).color, 0.5), label, label + " favoured at every horizon"};
  };
  return {{{tint(grey, 0.5), "indistinguishable", "indistinguishable"},
           favoured(0),
           favoured(1),
           {tint(okabe_ito::yellow, 0.55), "trade-off", "trade-off: the better one changes"}}};
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

/// Connected sets of cells of one phase: [alpha, beta], numbered from 0.
Eigen::ArrayXXi regions_of(const PhaseMap& map, int& count) {
  Eigen::ArrayXXi region = Eigen::ArrayXXi::Constant(map.phase.rows(), map.phase.cols(), -1);
  count = 0;
  std::vector<std::pair<Eigen::Index, Eigen::Index>> open;
  for (Eigen::Index b = 0; b < region.cols(); ++b)
    for (Eigen::Index a = 0; a < region.rows(); ++a) {
      if (region(a, b) >= 0) continue;
      region(a, b) = count;
      open.emplace_back(a, b);
      while (!open.empty()) {
        const auto [i, j] = open.back();
        open.pop_back();
        for (const auto& [k, l] : {std::pair{i + 1, j}, {i - 1, j}, {i, j + 1}, {i, j - 1}})
          if (k >= 0 && l >= 0 && k < region.rows() && l < region.cols() && region(k, l) < 0 &&
              map.phase(k, l) == map.phase(a, b)) {
            region(k, l) = count;
            open.emplace_back(k, l);
          }
      }
      ++count;
    }
  return region;
}

Eigen::Index cell_of(const Eigen::ArrayXd& edges, double value) {
  const auto it = std::upper_bound(edges.begin(), edges.end(), value);
  return std::clamp<Eigen::Index>(it - edges.begin() - 1, 0, edges.size() - 2);
}

/// Names each region inside itself, at the cell where the name has most room, clear of the lines if possible.
void name_regions(const PhaseMap& map, const Frame& f, const std::array<Phase, 4>& phases, Placement& placement,
                  Panel& panel) {
  int count = 0;
  const Eigen::ArrayXXi region = regions_of(map, count);
  struct Best {
    double score = 0, x = 0, y = 0;
    std::uint8_t phase = 0;
  };
  std::vector<Best> best(count);
  for (Eigen::Index b = 0; b < region.cols(); ++b)
    for (Eigen::Index a = 0; a < region.rows(); ++a) {
      const std::uint8_t phase = map.phase(a, b);
      const double w = width(phases[phase].name, name_size) + 4, h = 1.3 * name_size;
      const double x = f.x(map.alpha(a)), y = f.y(map.beta(b));
      const auto inside = [&](double scale) {
        for (int i = 0; i <= 8; ++i)
          for (int j = 0; j <= 4; ++j) {
            const double px = x + (i / 8.0 - 0.5) * scale * w, py = y + (j / 4.0 - 0.5) * scale * h;
            if (px < 0 || py < 0 || px > f.width || py > f.height) return false;
            if (region(cell_of(f.x_edges, f.alpha(px)), cell_of(f.y_edges, f.beta(py))) != region(a, b)) return false;
          }
        return true;
      };
      double scale = 1;
      while (scale < 4 && inside(scale)) scale += 0.25;
      if (scale == 1) continue;
      const double score = scale + std::clamp(placement.clearance(x, y, w, h), -1.0, 4.0);
      Best& sofar = best[region(a, b)];
      if (score > sofar.score) sofar = {score, x, y, phase};
    }
  for (const Best& name : best) {
    if (name.score <= 0) continue;
    const Phase& phase = phases[name.phase];
    panel.marks.push_back(
        {f.alpha(name.x), f.beta(name.y), bold(phase.name), name_size, okabe_ito::black, Align::centre, phase.color});
    placement.avoid_box(name.x, name.y, 1.15 * width(phase.name, name_size) + 4, 1.3 * name_size);
  }
}

/// Contours of the crossing horizon with their values at the freest places of the longest lines.
void draw_contours(const PhaseMap& map, const Frame& f, const Phase& tradeoff, Placement& placement, Panel& panel) {
  const Eigen::ArrayXXd exponent =
      (map.phase == 3 && map.crossing_horizon > 0).select(map.crossing_horizon.log10(), nan);
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (const double e : exponent.reshaped())
    if (std::isfinite(e)) {
      low = std::min(low, e);
      high = std::max(high, e);
    }
  if (!(low < high)) return;
  Series lines{Kind::line, {}, {}, {}, {}, "crossing horizon (labelled)"};
  lines.style.line_width = 0.8;
  lines.style.color = {0x5A5A5A};
  std::vector<double> x, y;
  struct Label {
    Text text;
    Polyline line;
  };
  std::vector<Label> labels;
  for (const double level : contour_levels(low, high, 6)) {
    Polyline longest;
    for (const Polyline& line : contour_lines(map.alpha, map.beta, exponent, level)) {
      for (const auto& point : line.rowwise()) {
        x.push_back(point(0));
        y.push_back(point(1));
      }
      x.push_back(nan);
      y.push_back(nan);
      if (line.rows() > longest.rows()) longest = line;
    }
    labels.push_back({Text::markup(fmt::format("10^{{{:g}}}", level)), longest});
  }
  if (x.empty()) return;
  for (const Label& label : labels) {
    const double w = width(label.text, value_size) + 2, h = 1.25 * value_size;
    double most = 1, best_x = nan, best_y = nan;
    for (const auto& point : label.line.rowwise()) {
      const double px = f.x(point(0)), py = f.y(point(1)), free = placement.clearance(px, py, w, h);
      if (free > most) {
        most = free;
        best_x = px;
        best_y = py;
      }
    }
    if (std::isnan(best_x)) continue;
    placement.avoid_box(best_x, best_y, w, h);
    panel.marks.push_back(
        {f.alpha(best_x), f.beta(best_y), label.text, value_size, okabe_ito::black, Align::centre, tradeoff.color});
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
  Placement placement(w, h);
  if (options.predictions) panel.series = predictions(f);
  for (const Series& s : panel.series)
    for (Eigen::Index i = 0; i < s.x.size(); ++i) placement.avoid(f.x(s.x(i)), f.y(s.y(i)));
  name_regions(map, f, phases, placement, panel);
  if (map.crossing_horizon.size() > 0) draw_contours(map, f, phases[3], placement, panel);
  return panel;
}

}  // namespace

Text phase_map_subtitle(double dimension, double output_ratio, double batch_ratio, const std::string& policy,
                        double threshold) {
  const Text batch = std::isinf(batch_ratio) ? Text("B → ∞") : equation("B/d", batch_ratio);
  return equation("d", dimension) + ", " + equation("n/d", output_ratio) + ", " + batch + ", " + policy +
         " rate, threshold " + number(threshold);
}

Figure phase_map_figure(const std::vector<PhaseMap>& maps, const PhaseMapOptions& options) {
  Figure figure{options.title, options.subtitle, {}, 1};
  const int count = static_cast<int>(maps.size());
  figure.columns = count <= 1 ? 1 : count == 2 || count == 4 ? 2 : 3;
  const bool single = count == 1;
  const std::array<Phase, 4> phases = phases_of(options.optimizers);
  for (int i = 0; i < count; ++i) {
    Panel panel = map_panel(maps[i], options, phases, single ? 245 : 170, single ? 200 : 140);
    if (i + figure.columns >= count) panel.x.label = "data exponent α";
    if (i % figure.columns == 0) panel.y.label = "target exponent β";
    figure.panels.push_back(std::move(panel));
  }
  return figure;
}

}  // namespace muonphase::figures
