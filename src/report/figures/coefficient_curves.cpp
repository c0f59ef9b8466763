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

/// A straight line of the given slope from above one mode towards an eigenvalue.
Series guide(const CoefficientCurve& curve, Eigen::Index anchor, double to, double slope, Dash dash,
             const Label& legend) {
  Style style;
  style.color = grey;
  style.dash = dash;
  const Eigen::ArrayXd x{{curve.eigenvalue(anchor), to}};
  return line(x, 2 * curve.drift(anchor) * (x / x(0)).pow(slope), style, legend);
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
  series.push_back(guide(curve, largest, high / part, 0.5, Dash::dashed, Label::markup("slope λ^{1/2}")));
  series.push_back(guide(curve, smallest, low * part, 1.0, Dash::dotted, Label::markup("slope λ")));
}

Panel panel_of(const Label& eigenvalue_label, const Label& value_label) {
  Panel panel;
  panel.x.label = eigenvalue_label;
  panel.y.label = value_label;
  panel.x.scale = panel.y.scale = Scale::log;
  panel.x.padding = panel.y.padding = 0.03;
  return panel;
}

}  // namespace

Figure coefficient_figure(const std::vector<CoefficientCurve>& curves, const CoefficientOptions& options) {
  Panel drift = panel_of(options.eigenvalue_label, Label::markup("drift f_j"));
  Panel diffusion = panel_of(options.eigenvalue_label, Label::markup("diffusion V_j"));
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
