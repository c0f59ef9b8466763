#include "muonphase/report/figures/coefficient_curves.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace muonphase::figures {
namespace {

bool sorted(const Eigen::ArrayXd& v) {
  return std::is_sorted(v.begin(), v.end()) || std::is_sorted(v.begin(), v.end(), std::greater<>());
}

Series against_eigenvalue(const CoefficientCurve& curve, const Eigen::ArrayXd& value) {
  Style style = optimizer_style(curve.optimizer);
  const std::string name = optimizer_label(curve.optimizer);
  if (sorted(curve.eigenvalue) && curve.eigenvalue.size() > 1) return line(curve.eigenvalue, value, style, name);
  style.marker_size = 2.5;
  return points(curve.eigenvalue, value, style, name);
}

/// Least distance in ln f between a guide and any curve, at the modes that the guide spans.
double distance(const Series& guide, const std::vector<CoefficientCurve>& curves) {
  double least = std::numeric_limits<double>::infinity();
  const double slope = std::log(guide.y(1) / guide.y(0)) / std::log(guide.x(1) / guide.x(0));
  for (const CoefficientCurve& c : curves)
    for (Eigen::Index j = 0; j < c.eigenvalue.size(); ++j) {
      if ((c.eigenvalue(j) - guide.x(0)) * (c.eigenvalue(j) - guide.x(1)) > 0) continue;
      const double on_guide = guide.y(0) * std::pow(c.eigenvalue(j) / guide.x(0), slope);
      least = std::min(least, std::abs(std::log(on_guide / c.drift(j))));
    }
  return least;
}

/// A straight line of the given slope from one mode towards an eigenvalue, above or below the mode's drift, where it is
/// clear of all curves.
Series guide(const std::vector<CoefficientCurve>& curves, Eigen::Index anchor, double to, double slope, Dash dash,
             const Text& legend) {
  const CoefficientCurve& curve = curves.front();
  Style style;
  style.color = grey;
  style.dash = dash;
  Eigen::ArrayXd x(2);
  x << curve.eigenvalue(anchor), to;
  const Eigen::ArrayXd through = curve.drift(anchor) * (x / x(0)).pow(slope);
  Series best;
  double most = -1;
  for (const double factor : {2.0, 0.5, 3.5, 0.3}) {
    const Series candidate = line(x, factor * through, style, legend);
    const double clear = std::min(distance(candidate, curves), 0.4);  // beyond this the nearest to the mode is best
    if (clear <= most) continue;
    most = clear;
    best = candidate;
  }
  return best;
}

/// The guides of the first curve, each over 40 % of its logarithmic range; none where eigenvalues do not differ.
void add_guides(const std::vector<CoefficientCurve>& curves, std::vector<Series>& series) {
  if (curves.empty()) return;
  const CoefficientCurve& curve = curves.front();
  if (curve.eigenvalue.size() < 2 || !(curve.eigenvalue > 0).all() || !(curve.drift > 0).all()) return;
  Eigen::Index largest = 0, smallest = 0;
  const double high = curve.eigenvalue.maxCoeff(&largest), low = curve.eigenvalue.minCoeff(&smallest);
  if (high < 2 * low) return;
  const double part = std::pow(high / low, 0.4);
  series.push_back(guide(curves, largest, high / part, 0.5, Dash::dashed, Text::markup("slope λ^{1/2}")));
  series.push_back(guide(curves, smallest, low * part, 1.0, Dash::dotted, Text::markup("slope λ")));
}

Panel panel_of(const Text& eigenvalue_label, const Text& value_label) {
  Panel panel;
  panel.x.label = eigenvalue_label;
  panel.y.label = value_label;
  panel.x.scale = panel.y.scale = Scale::log;
  panel.x.padding = panel.y.padding = 0.03;
  return panel;
}

}  // namespace

Figure coefficient_figure(const std::vector<CoefficientCurve>& curves, const CoefficientOptions& options) {
  Panel drift = panel_of(options.eigenvalue_label, Text::markup("drift f_j"));
  Panel diffusion = panel_of(options.eigenvalue_label, Text::markup("diffusion V_j"));
  for (const CoefficientCurve& c : curves) {
    drift.series.push_back(against_eigenvalue(c, c.drift));
    if (c.diffusion.size() > 0) diffusion.series.push_back(against_eigenvalue(c, c.diffusion));
  }
  add_guides(curves, drift.series);
  Figure figure{options.title, options.subtitle, {drift}, 1};
  if (options.diffusion && !diffusion.series.empty()) {
    for (Panel* panel : {&figure.panels[0], &diffusion}) {
      panel->width = 200;
      panel->height = 160;
    }
    figure.panels.push_back(diffusion);
    figure.columns = 2;
  }
  return figure;
}

}  // namespace muonphase::figures
