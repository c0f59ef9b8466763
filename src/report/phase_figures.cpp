#include "report/phase_figures.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "muonphase/report/figures/axis.hpp"
#include "muonphase/results/phase_studies.hpp"

namespace muonphase {
namespace {

using figures::Figure, figures::Panel, figures::Series, figures::Style, figures::Text;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

// Bilinear on the cells of a grid, NaN where a corner is.
double interpolated(const Eigen::ArrayXd& x, const Eigen::ArrayXd& y, const Eigen::ArrayXXd& z, double at_x,
                    double at_y) {
  const auto cell = [](const Eigen::ArrayXd& axis, double value) {
    const auto right = std::upper_bound(axis.begin(), axis.end(), value) - axis.begin();
    return std::clamp<Eigen::Index>(right - 1, 0, axis.size() - 2);
  };
  const Eigen::Index i = cell(x, at_x), j = cell(y, at_y);
  const double u = (at_x - x(i)) / (x(i + 1) - x(i)), v = (at_y - y(j)) / (y(j + 1) - y(j));
  return (1 - v) * ((1 - u) * z(i, j) + u * z(i + 1, j)) + v * ((1 - u) * z(i, j + 1) + u * z(i + 1, j + 1));
}

double quantile(std::vector<double> values, double part) {
  std::erase_if(values, [](double v) { return !std::isfinite(v); });
  if (values.empty()) return nan;
  std::sort(values.begin(), values.end());
  return values[static_cast<std::size_t>(std::lround(part * static_cast<double>(values.size() - 1)))];
}

}  // namespace

figures::PhaseMap refined_panel(const Hdf5Reader& file, const figures::PhaseMap& coarse) {
  const RefinedPhases refined = read_refined(file);
  figures::PhaseMap panel{refined.alpha, refined.beta, refined.phase, {}, coarse.title};
  panel.crossing_horizon = Eigen::ArrayXXd::Constant(refined.alpha.size(), refined.beta.size(), nan);
  const Eigen::ArrayXXd exponent = coarse.crossing_horizon.log10();
  for (Eigen::Index i = 0; i < refined.alpha.size(); ++i)
    for (Eigen::Index j = 0; j < refined.beta.size(); ++j)
      panel.crossing_horizon(i, j) =
          std::pow(10, interpolated(coarse.alpha, coarse.beta, exponent, refined.alpha(i), refined.beta(j)));
  return panel;
}

Figure scaling_figure(const Hdf5Reader& file, const figures::PhaseMap& map, const figures::PhaseMapOptions& look) {
  const ScalingMap scaling = read_scaling(file);
  figures::PhaseMap here = map, limit{map.alpha, map.beta, scaling.phase, {}, "computed, d → ∞"};
  here.title = "computed, at this d";
  std::vector<figures::PhaseMap> panels = {here, limit};
  if (scaling.predicted.size() > 0) panels.push_back({map.alpha, map.beta, scaling.predicted, {}, "predicted, d → ∞"});
  Figure figure = figures::phase_map_figure(panels, look);
  std::vector<double> x, y;
  for (Eigen::Index i = 0; i < map.alpha.size(); ++i)
    for (Eigen::Index j = 0; j < map.beta.size(); ++j)
      if (scaling.margin(i, j) < 1) {
        x.push_back(map.alpha(i));
        y.push_back(map.beta(j));
      }
  if (!x.empty()) {
    const auto array = [](const std::vector<double>& v) {
      return Eigen::Map<const Eigen::ArrayXd>(v.data(), static_cast<Eigen::Index>(v.size()));
    };
    Style style;
    style.marker = figures::Marker::cross;
    style.marker_size = 2.5;
    figure.panels[1].series.push_back(figures::points(array(x), array(y), style, "undecided"));
  }
  return figure;
}

Figure compute_optimal_figure(const Hdf5Reader& file, const PhaseMap& map, const Text& title, const Text& subtitle) {
  const ComputeOptimal result = read_compute_optimal(file, map);
  Panel plane;
  plane.width = 215;
  plane.height = 190;
  plane.x.label = "data exponent α";
  plane.y.label = "target exponent β";
  const std::string first = optimizer_label(map.compare[0]), second = optimizer_label(map.compare[1]);
  const figures::Color colors[] = {figures::okabe_ito::yellow, figures::optimizer_style(map.compare[1]).color,
                                   figures::optimizer_style(map.compare[0]).color, figures::grey};
  const Text names[] = {"alike within the error", second + " steeper", first + " steeper",
                        "2α + 2β ≤ 1: no finite risk"};
  figures::Cells cells{figures::cell_edges(map.alpha), figures::cell_edges(map.beta), {}};
  cells.rgb.resize(map.alpha.size(), map.beta.size());
  std::array<bool, 4> occurs{};
  for (Eigen::Index i = 0; i < map.alpha.size(); ++i)
    for (Eigen::Index j = 0; j < map.beta.size(); ++j) {
      const std::uint8_t which = steeper(result.cells[static_cast<std::size_t>(i * map.beta.size() + j)]);
      occurs[which] = true;
      cells.rgb(i, j) = figures::tint(colors[which], 0.5).rgb;
    }
  plane.cells.push_back(cells);
  for (const int which : {2, 1, 0, 3})
    if (occurs[static_cast<std::size_t>(which)])
      plane.legend.push_back({names[which], {}, {}, figures::tint(colors[which], 0.5)});

  Panel curves;
  curves.width = 215;
  curves.height = 190;
  curves.x.label = "compute C = steps × batch × n × d";
  curves.y.label = "least risk over d, T and η";
  curves.x.scale = curves.y.scale = figures::Scale::log;
  curves.x.padding = curves.y.padding = 0.03;
  // Three cells along the diagonal of the defined part, lettered on the map and at their curves.
  const char* letters[] = {"a", "b", "c"};
  const double parts[] = {0.3, 0.55, 0.8};
  for (int c = 0; c < 3; ++c) {
    const auto i = static_cast<Eigen::Index>(parts[c] * static_cast<double>(map.alpha.size() - 1));
    const auto j = static_cast<Eigen::Index>(parts[c] * static_cast<double>(map.beta.size() - 1));
    const auto& cell = result.cells[static_cast<std::size_t>(i * map.beta.size() + j)];
    if (!cell[0].risk.isFinite().any()) continue;
    plane.marks.push_back(
        {map.alpha(i), map.beta(j), letters[c], 9, figures::okabe_ito::black, figures::Align::centre, {}});
    for (std::size_t k = 0; k < 2; ++k) {
      Style style = figures::optimizer_style(map.compare[k]);
      style.marker = figures::Marker::none;
      curves.series.push_back(
          figures::line(result.compute, cell[k].risk, style, optimizer_label(map.compare[k])));
    }
    const Eigen::Index middle = result.compute.size() * (5 - c) / 8;
    curves.marks.push_back({result.compute(middle), std::sqrt(cell[0].risk(middle) * cell[1].risk(middle)), letters[c],
                            9, figures::okabe_ito::black, figures::Align::centre, figures::white});
  }
  return {title, subtitle, {plane, curves}, 2};
}

Figure yardstick_figure(const Hdf5Reader& file, const PhaseMap& map, const Text& title, const Text& subtitle) {
  const std::vector<std::string> policies = file.strings("/yardstick/policy");
  const figures::Color colors[] = {figures::okabe_ito::vermillion, figures::okabe_ito::purple, figures::okabe_ito::blue,
                                   figures::okabe_ito::green};
  Figure figure{title, subtitle, {}, 2};
  figure.share_y = true;
  const auto horizons = static_cast<std::size_t>(map.horizon.size());
  for (const auto& optimizer : map.compare) {
    const std::vector<double> excess = file.numbers("/yardstick/" + optimizer + "/excess").values;
    const std::size_t cells = excess.size() / policies.size() / horizons;
    Panel panel;
    panel.title = optimizer_label(optimizer);
    panel.width = 215;
    panel.height = 180;
    panel.x.label = "horizon T";
    panel.x.scale = panel.y.scale = figures::Scale::log;
    panel.y.min = 0.9;
    panel.y.max = 100;
    if (figure.panels.empty()) panel.y.label = "risk over that of the optimal schedule";
    for (std::size_t p = 0; p < policies.size(); ++p) {
      Eigen::ArrayXd median(map.horizon.size()), high(map.horizon.size());
      for (std::size_t h = 0; h < horizons; ++h) {
        std::vector<double> values;
        for (std::size_t c = 0; c < cells; ++c) values.push_back(excess[(p * cells + c) * horizons + h]);
        const auto at = [&](double part) { return std::exp(std::min(quantile(values, part), 30.0)); };
        median(static_cast<Eigen::Index>(h)) = at(0.5);
        high(static_cast<Eigen::Index>(h)) = at(0.9);
      }
      Style style;
      style.color = colors[p % 4];
      style.line_width = 1.6;
      panel.series.push_back(figures::line(map.horizon, median, style, policies[p] + ", median"));
      style.dash = figures::Dash::dashed;
      style.line_width = 0.9;
      panel.series.push_back(figures::line(map.horizon, high, style, policies[p] + ", 90 % of cells"));
    }
    figure.panels.push_back(panel);
  }
  return figure;
}

}  // namespace muonphase
