#include "muonphase/report/figures/rate_sweep.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "muonphase/core/error.hpp"

namespace muonphase::figures {
namespace {

constexpr Eigen::Index most_entries = 8;  // of the legend; more horizons than these are drawn but not all named

/// Row of the least finite risk; −1 when there is none.
Eigen::Index best_rate(const Eigen::ArrayXXd& risk, Eigen::Index horizon) {
  Eigen::Index best = -1;
  for (Eigen::Index i = 0; i < risk.rows(); ++i)
    if (std::isfinite(risk(i, horizon)) && (best < 0 || risk(i, horizon) < risk(best, horizon))) best = i;
  return best;
}

/// Ten times the largest risk at the smallest rate, which hardly moves from its start.
std::optional<double> highest_shown(const std::vector<RateSweep>& sweeps) {
  double start = 0, highest = 0;
  for (const RateSweep& s : sweeps)
    for (Eigen::Index i = 0; i < s.risk.rows(); ++i)
      for (Eigen::Index j = 0; j < s.risk.cols(); ++j) {
        if (!std::isfinite(s.risk(i, j))) continue;
        highest = std::max(highest, s.risk(i, j));
        if (i == 0) start = std::max(start, s.risk(i, j));
      }
  return start > 0 && highest > 10 * start ? std::optional(10 * start) : std::nullopt;
}

Panel panel_of(const RateSweep& s) {
  if (s.risk.rows() != s.rate.size() || s.risk.cols() != s.horizon.size())
    throw StudyError("a sweep of the learning rate needs one risk for each rate and horizon");
  Panel panel;
  panel.title = optimizer_label(s.optimizer);
  panel.x.scale = panel.y.scale = Scale::log;
  panel.x.label = "learning rate η";
  panel.y.padding = 0.04;
  const Eigen::Index count = s.horizon.size();
  Eigen::ArrayXd best_x(count), best_y(count);
  for (Eigen::Index j = 0; j < count; ++j) {
    Style style;
    style.color = sequential(count > 1 ? 0.9 * static_cast<double>(j) / static_cast<double>(count - 1) : 0.3);
    const bool named = j % ((count + most_entries - 1) / most_entries) == 0;
    panel.series.push_back(
        line(s.rate, s.risk.col(j), style, named ? Label("T = ") + number(s.horizon(j), 3) : Label()));
    const Eigen::Index best = best_rate(s.risk, j);
    best_x(j) = best < 0 ? std::numeric_limits<double>::quiet_NaN() : s.rate(best);
    best_y(j) = best < 0 ? std::numeric_limits<double>::quiet_NaN() : s.risk(best, j);
  }
  Style minimum;
  minimum.marker = Marker::circle;
  panel.series.push_back(points(best_x, best_y, minimum, "best rate"));
  if (s.stability_edge) {
    Style edge;
    edge.dash = Dash::dashed;
    edge.color = okabe_ito::vermillion;
    panel.series.push_back(vertical(*s.stability_edge, edge, "stability edge"));
  }
  return panel;
}

}  // namespace

Figure rate_sweep_figure(const std::vector<RateSweep>& sweeps, const Label& title, const Label& subtitle) {
  Figure figure{title, subtitle, {}, std::clamp(static_cast<int>(sweeps.size()), 1, 3), false, true};
  for (const RateSweep& s : sweeps) {
    figure.panels.push_back(panel_of(s));
    Panel& panel = figure.panels.back();
    panel.y.max = highest_shown(sweeps);
    if (static_cast<int>(figure.panels.size() - 1) % figure.columns == 0) panel.y.label = "population risk R(T)";
    if (sweeps.size() > 1) {
      panel.width = 190;
      panel.height = 160;
    }
  }
  return figure;
}

}  // namespace muonphase::figures
