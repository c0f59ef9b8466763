#include <algorithm>
#include <cmath>

#include "muonphase/core/error.hpp"
#include "muonphase/report/figures/curves.hpp"

namespace muonphase::figures {
namespace {

constexpr Eigen::Index most_entries = 8;  // of the legend; more horizons than these are drawn but not all named

Panel panel_of(const std::string& optimizer, const LearningRateSweep& s) {
  if (s.risk.rows() != s.learning_rate.size() || s.risk.cols() != s.horizon.size())
    throw StudyError("a sweep of the learning rate needs one risk for each rate and horizon");
  Panel panel;
  panel.title = optimizer_label(optimizer);
  panel.x.scale = panel.y.scale = Scale::log;
  panel.x.label = "learning rate η";
  panel.y.padding = 0.04;
  const Eigen::Index count = s.horizon.size();
  Eigen::ArrayXd best_x = Eigen::ArrayXd::Constant(count, std::nan("")), best_y = best_x;
  for (Eigen::Index j = 0; j < count; ++j) {
    Style style;
    style.color = sequential(count > 1 ? 0.9 * static_cast<double>(j) / static_cast<double>(count - 1) : 0.3);
    const bool named = j % ((count + most_entries - 1) / most_entries) == 0;
    panel.series.push_back(
        line(s.learning_rate, s.risk.col(j), style, named ? Label("T = ") + number(s.horizon(j), 3) : Label()));
    for (Eigen::Index i = 0; i < s.risk.rows(); ++i)
      if (std::isfinite(s.risk(i, j)) && !(s.risk(i, j) >= best_y(j))) {
        best_x(j) = s.learning_rate(i);
        best_y(j) = s.risk(i, j);
      }
  }
  panel.series.push_back(points(best_x, best_y, {}, "best rate"));
  if (s.stability_edge > 0 && std::isfinite(s.stability_edge))
    panel.series.push_back(vertical(s.stability_edge, {okabe_ito::vermillion, 1.2, Dash::dashed}, "stability edge"));
  return panel;
}

}  // namespace

Figure rate_sweep_figure(const std::vector<std::pair<std::string, LearningRateSweep>>& sweeps, const Label& title,
                         const Label& subtitle) {
  Figure figure{title, subtitle, {}, std::clamp(static_cast<int>(sweeps.size()), 1, 3), false, true};
  double start = 0, highest = 0;  // the smallest rate hardly moves from its start
  for (const auto& [optimizer, s] : sweeps) {
    figure.panels.push_back(panel_of(optimizer, s));
    for (const double risk : s.risk.row(0)) start = std::isfinite(risk) ? std::max(start, risk) : start;
    for (const double risk : s.risk.reshaped()) highest = std::isfinite(risk) ? std::max(highest, risk) : highest;
  }
  for (std::size_t i = 0; i < sweeps.size(); ++i) {
    Panel& panel = figure.panels[i];
    if (start > 0 && highest > 10 * start) panel.y.max = 10 * start;
    if (i % static_cast<std::size_t>(figure.columns) == 0) panel.y.label = "population risk R(T)";
    if (sweeps.size() > 1) {
      panel.width = 190;
      panel.height = 160;
    }
  }
  return figure;
}

}  // namespace muonphase::figures
