#include <algorithm>
#include <cmath>

#include "muonphase/report/figures/curves.hpp"

namespace muonphase::figures {
namespace {

/// All trials as one interrupted line.
Series trial_lines(const OptimizerCurve& c) {
  const Eigen::Index trials = c.trials.rows(), steps = c.step.size();
  Eigen::ArrayXXd x = Eigen::ArrayXXd::Constant(steps + 1, trials, std::nan("")), y = x;
  x.topRows(steps) = c.step.replicate(1, trials);
  y.topRows(steps) = c.trials.transpose();
  Style style = optimizer_style(c.optimizer);
  style.line_width = 0.3;
  style.color.opacity = 0.35;
  return line(x.reshaped(), y.reshaped(), style, optimizer_label(c.optimizer) + ", single trials");
}

/// Some 24 of the points, evenly spaced on a logarithmic step axis; the first and the last stay.
Series thinned(const OptimizerCurve& c, const Label& legend) {
  Style style = optimizer_style(c.optimizer);
  style.marker = Marker::open_circle;
  std::vector<Eigen::Index> kept;
  const Eigen::Index last = c.step.size() - 1;
  double next = 0, ratio = 1;
  for (Eigen::Index i = 0; i <= last; ++i) {
    const double t = c.step(i);
    if (t < next * (1 - 1e-9) && i != last) continue;
    kept.push_back(i);
    if (t > 0 && ratio == 1) ratio = std::pow(c.step(last) / t, 1.0 / 24);
    next = t * ratio;
  }
  return points(c.step(kept), c.value(kept), style, legend);
}

Series error_band(const OptimizerCurve& c, const Label& legend = {}) {
  return band(c.step, c.value - 2 * c.sem, c.value + 2 * c.sem, pale(optimizer_color(c.optimizer)), legend);
}

/// Trials and bands lowest, then lines, then markers.
void add_curves(const RiskCurves& curves, Panel& panel) {
  const auto theory_name = [&](const OptimizerCurve& c) -> Label {
    return optimizer_label(c.optimizer) + (curves.runs.empty() ? "" : ", theory");
  };
  const auto runs_name = [&](const OptimizerCurve& c) -> Label {
    return optimizer_label(c.optimizer) + (curves.theory.empty() ? " ± 2 s.e." : ", Monte Carlo ± 2 s.e.");
  };
  for (const auto& c : curves.theory) {  // what belongs to one optimizer stands together in the legend
    panel.legend.push_back({theory_name(c)});
    for (const auto& run : curves.runs)
      if (run.optimizer == c.optimizer) panel.legend.push_back({runs_name(c)});
  }
  const auto draw = [&](const Series& s) { panel.series.push_back(s); };
  for (const auto& c : curves.runs)
    if (c.trials.size() > 0) draw(trial_lines(c));
  for (const auto& c : curves.spreads)
    draw(band(c.step, c.low, c.high, pale(optimizer_color(c.optimizer)), "two thirds of the targets"));
  for (const auto& c : curves.runs) draw(error_band(c, runs_name(c)));
  for (const auto& c : curves.theory) draw(line(c.step, c.value, optimizer_style(c.optimizer), theory_name(c)));
  for (const auto& c : curves.runs) {
    const bool beside = std::any_of(curves.theory.begin(), curves.theory.end(),
                                    [&](const auto& theory) { return theory.optimizer == c.optimizer; });
    draw(beside ? thinned(c, runs_name(c)) : line(c.step, c.value, optimizer_style(c.optimizer), runs_name(c)));
  }
  constexpr Marker markers[] = {Marker::cross, Marker::open_square, Marker::triangle, Marker::diamond};
  for (std::size_t i = 0; i < curves.measured.size(); ++i) {
    Style style;
    style.marker = markers[i % 4];
    style.marker_size = 4;
    draw(points(curves.measured[i].step, curves.measured[i].risk, style, curves.measured[i].label));
  }
}

Panel residual_panel(const RiskCurves& curves) {
  Panel panel;
  panel.height = 62;
  panel.y.label = Label::markup("ln R_{theory}/R_{runs}");
  panel.y.padding = 0.06;
  Style rule;
  rule.line_width = 0.7;
  panel.series.push_back(horizontal(0, rule));
  for (const auto& c : curves.residuals) {
    panel.series.push_back(error_band(c));
    panel.series.push_back(line(c.step, c.value, optimizer_style(c.optimizer)));
  }
  rule.dash = Dash::dashed;
  if (curves.tolerance) {
    panel.series.push_back(horizontal(*curves.tolerance, rule, "tolerance ± " + number(*curves.tolerance)));
    panel.series.push_back(horizontal(-*curves.tolerance, rule));
  }
  return panel;
}

}  // namespace

Figure risk_figure(const RiskCurves& curves) {
  Figure figure{curves.title, curves.subtitle, {Panel{}}, 1, true, false};
  Panel& panel = figure.panels[0];
  panel.y.label = "population risk R";
  panel.y.scale = Scale::log;
  panel.y.padding = 0.04;
  add_curves(curves, panel);
  if (!curves.residuals.empty()) {
    panel.x.show_tick_labels = false;
    figure.panels.push_back(residual_panel(curves));
  }
  for (Panel& p : figure.panels) {
    p.x.scale = Scale::log;
    p.x.show_zero = true;
  }
  figure.panels.back().x.label = curves.step_label;
  return figure;
}

}  // namespace muonphase::figures
