#include <algorithm>
#include <cmath>

#include "muonphase/report/figures/curves.hpp"

namespace muonphase::figures {
namespace {

Series against_eigenvalue(const CoefficientCurve& curve, const Eigen::ArrayXd& value) {
  const Eigen::ArrayXd& x = curve.eigenvalue;
  Style style = optimizer_style(curve.optimizer);
  style.marker_size = 2.5;
  const bool sorted = std::is_sorted(x.begin(), x.end()) || std::is_sorted(x.begin(), x.end(), std::greater<>());
  return (sorted && x.size() > 1 ? line : points)(x, value, style, optimizer_label(curve.optimizer));
}

/// Straight lines above the first curve, each over 40 % of its logarithmic range; none where eigenvalues do not differ.
void add_guides(const CoefficientCurve& curve, std::vector<Series>& series) {
  if (curve.eigenvalue.size() < 2 || !(curve.eigenvalue > 0).all() || !(curve.drift > 0).all()) return;
  Eigen::Index largest = 0, smallest = 0;
  const double high = curve.eigenvalue.maxCoeff(&largest), low = curve.eigenvalue.minCoeff(&smallest);
  if (high < 2 * low) return;
  const auto guide = [&](Eigen::Index anchor, double towards, double slope, Dash dash, const char* name) {
    const Eigen::ArrayXd x{{curve.eigenvalue(anchor), curve.eigenvalue(anchor) * std::pow(towards, 0.4)}};
    series.push_back(line(x, 2 * curve.drift(anchor) * (x / x(0)).pow(slope), {grey, 1.2, dash}, Label::markup(name)));
  };
  guide(largest, low / high, 0.5, Dash::dashed, "slope λ^{1/2}");
  guide(smallest, high / low, 1.0, Dash::dotted, "slope λ");
}

}  // namespace

Figure coefficient_figure(const std::vector<CoefficientCurve>& curves, const Label& eigenvalue_label,
                          const Label& title, const Label& subtitle) {
  Panel drift, diffusion;
  drift.y.label = Label::markup("drift f_j");
  diffusion.y.label = Label::markup("diffusion V_j");
  for (const CoefficientCurve& c : curves) {
    drift.series.push_back(against_eigenvalue(c, c.drift));
    if (c.diffusion.size() > 0) diffusion.series.push_back(against_eigenvalue(c, c.diffusion));
  }
  if (!curves.empty()) add_guides(curves.front(), drift.series);
  Figure figure{title, subtitle, {drift}, 2};
  if (!diffusion.series.empty()) figure.panels.push_back(diffusion);
  for (Panel& panel : figure.panels) {
    panel.x.label = eigenvalue_label;
    panel.x.scale = panel.y.scale = Scale::log;
    panel.x.padding = panel.y.padding = 0.03;
    if (figure.panels.size() == 2) {
      panel.width = 200;
      panel.height = 160;
    }
  }
  return figure;
}

}  // namespace muonphase::figures
