#include "muonphase/report/figures/risk_curves.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace muonphase::figures {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// All trials as one interrupted line.
Series trial_lines(const MonteCarloCurve& curve, const Label& legend) {
  const Eigen::Index trials = curve.trials.rows(), steps = curve.trials.cols();
  Eigen::ArrayXd x(trials * (steps + 1)), y(trials * (steps + 1));
  for (Eigen::Index k = 0; k < trials; ++k) {
    x.segment(k * (steps + 1), steps) = curve.step;
    y.segment(k * (steps + 1), steps) = curve.trials.row(k).transpose();
    x(k * (steps + 1) + steps) = y(k * (steps + 1) + steps) = nan;
  }
  Style style = optimizer_style(curve.optimizer);
  style.line_width = 0.3;
  style.color.opacity = 0.35;
  return line(x, y, style, legend);
}

/// At most about `count` of the points, evenly spaced on a logarithmic step axis; the first and the last stay.
Series thinned(const MonteCarloCurve& curve, int count, const Style& style, const Label& legend) {
  std::vector<Eigen::Index> kept;
  const Eigen::Index last = curve.step.size() - 1;
  double next = 0, ratio = 1;
  for (Eigen::Index i = 0; i <= last; ++i) {
    const double t = curve.step(i);
    if (t < next * (1 - 1e-9) && i != last) continue;
    kept.push_back(i);
    if (t > 0 && ratio == 1) ratio = std::pow(curve.step(last) / t, 1.0 / count);
    next = t * ratio;
  }
  return points(curve.step(kept), curve.risk(kept), style, legend);
}

template <class Curves>
bool has(const Curves& curves, const std::string& optimizer) {
  return std::any_of(curves.begin(), curves.end(), [&](const auto& c) { return c.optimizer == optimizer; });
}

/// Names of what is drawn; equal names share a legend entry.
struct Names {
  Label theory, runs, trials;

  Names(const RiskCurves& curves, const std::string& optimizer) {
    const std::string label = optimizer_label(optimizer);
    theory = curves.monte_carlo.empty() ? label : label + ", theory";
    runs = curves.theory.empty() ? label + " ± 2 s.e." : label + ", Monte Carlo ± 2 s.e.";
    trials = label + ", single trials";
  }
};

/// Trials and bands lowest, then lines, then markers.
void add_curves(const RiskCurves& curves, Panel& panel) {
  std::vector<Series>& series = panel.series;
  for (const TheoryCurve& c : curves.theory) {  // what belongs to one optimizer stands together in the legend
    const Names names(curves, c.optimizer);
    panel.legend.push_back({names.theory});
    if (has(curves.monte_carlo, c.optimizer)) panel.legend.push_back({names.runs});
  }
  for (const MonteCarloCurve& c : curves.monte_carlo)
    if (c.trials.size() > 0) series.push_back(trial_lines(c, Names(curves, c.optimizer).trials));
  for (const MonteCarloCurve& c : curves.monte_carlo) {
    const Style style = optimizer_style(c.optimizer);
    const Label name = Names(curves, c.optimizer).runs;
    series.push_back(band(c.step, c.risk - 2 * c.risk_sem, c.risk + 2 * c.risk_sem, pale(style.color), name));
    if (!has(curves.theory, c.optimizer)) series.push_back(line(c.step, c.risk, style, name));
  }
  for (const TheoryCurve& c : curves.theory)
    series.push_back(line(c.step, c.risk, optimizer_style(c.optimizer), Names(curves, c.optimizer).theory));
  for (const MonteCarloCurve& c : curves.monte_carlo) {
    if (!has(curves.theory, c.optimizer)) continue;
    Style style = optimizer_style(c.optimizer);
    style.marker = Marker::open_circle;
    series.push_back(thinned(c, 24, style, Names(curves, c.optimizer).runs));
  }
}

void add_measured(const RiskCurves& curves, std::vector<Series>& series) {
  const std::array<Marker, 4> markers = {Marker::cross, Marker::open_square, Marker::triangle, Marker::diamond};
  for (std::size_t i = 0; i < curves.measured.size(); ++i) {
    Style style;
    style.marker = markers[i % markers.size()];
    style.marker_size = 4;
    series.push_back(points(curves.measured[i].step, curves.measured[i].risk, style, curves.measured[i].label));
  }
}

Axis step_axis(const RiskCurves& curves) {
  Axis axis;
  axis.label = curves.step_label;
  axis.scale = Scale::log;
  axis.show_zero = true;
  return axis;
}

Panel residual_panel(const RiskCurves& curves) {
  Panel panel;
  panel.height = 62;
  panel.x = step_axis(curves);
  panel.y.label = Label::markup("ln R_{theory}/R_{runs}");
  panel.y.padding = 0.06;
  Style zero;
  zero.line_width = 0.6;
  panel.series.push_back(horizontal(0, zero));
  for (const Residual& r : curves.residuals) {
    const Style style = optimizer_style(r.optimizer);
    panel.series.push_back(band(r.step, r.log_ratio - 2 * r.sem, r.log_ratio + 2 * r.sem, pale(style.color)));
    panel.series.push_back(line(r.step, r.log_ratio, style));
  }
  if (curves.tolerance) {
    Style limit;
    limit.line_width = 0.8;
    limit.dash = Dash::dashed;
    panel.series.push_back(horizontal(*curves.tolerance, limit, Label("tolerance ± ") + number(*curves.tolerance)));
    panel.series.push_back(horizontal(-*curves.tolerance, limit));
  }
  return panel;
}

}  // namespace

Figure risk_figure(const RiskCurves& curves) {
  Panel panel;
  panel.x = step_axis(curves);
  panel.y.label = "population risk R";
  panel.y.scale = Scale::log;
  panel.y.padding = 0.04;
  add_curves(curves, panel);
  add_measured(curves, panel.series);
  Figure figure{curves.title, curves.subtitle, {panel}, 1, true, false};
  if (!curves.residuals.empty()) {
    figure.panels[0].x.label = {};
    figure.panels[0].x.show_tick_labels = false;
    figure.panels.push_back(residual_panel(curves));
  }
  return figure;
}

}  // namespace muonphase::figures
