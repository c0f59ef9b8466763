#include <algorithm>
#include <cmath>
#include <vector>

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

/// Means over bins of neighbouring modes, which widen with the mode number.
Series binned_points(const CoefficientCurve& curve, const Eigen::ArrayXd& value) {
  constexpr int bins = 40;
  const auto modes = static_cast<double>(value.size());
  std::vector<double> x, y;
  for (int b = 0; b < bins; ++b) {
    const auto first = static_cast<Eigen::Index>(std::pow(modes + 1, b / static_cast<double>(bins))) - 1,
               last = static_cast<Eigen::Index>(std::pow(modes + 1, (b + 1.0) / bins)) - 1;
    if (last <= first) continue;
    const double mean = value.segment(first, last - first).mean();
    if (!(mean > 0)) continue;  // noise, on a logarithmic axis
    x.push_back(std::exp(curve.eigenvalue.segment(first, last - first).log().mean()));
    y.push_back(mean);
  }
  Style style = optimizer_style(curve.optimizer);
  style.marker = Marker::open_circle;
  style.marker_size = 3;
  const auto array = [](const std::vector<double>& v) {
    return Eigen::Map<const Eigen::ArrayXd>(v.data(), static_cast<Eigen::Index>(v.size()));
  };
  return points(array(x), array(y), style, Label(optimizer_label(curve.optimizer)) + ", Monte Carlo");
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
    if (c.measured_drift.size() > 0) drift.series.push_back(binned_points(c, c.measured_drift));
    if (c.measured_diffusion.size() > 0) diffusion.series.push_back(binned_points(c, c.measured_diffusion));
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

Figure spectrum_figure(const SpectrumCurves& spectrum, const Label& title, const Label& subtitle) {
  Panel panel;
  panel.x.label = "eigenvalue x of GGᵀ/2R, GᵀG/2R";
  panel.y.label = "density in ln x";
  panel.x.scale = Scale::log;
  panel.series = {line(spectrum.x, spectrum.x * spectrum.out, {okabe_ito::blue, 1.4}, "GGᵀ/2R"),
                  line(spectrum.x, spectrum.x * spectrum.in, {okabe_ito::vermillion, 1.4, Dash::dashed}, "GᵀG/2R")};
  if (spectrum.eigenvalues.size() > 0) {
    constexpr Eigen::Index bins = 60;
    const double low = std::log(spectrum.x(0)), width = (std::log(spectrum.x.tail(1)(0)) - low) / bins;
    Eigen::ArrayXd count = Eigen::ArrayXd::Zero(bins);
    for (const double x : spectrum.eigenvalues)
      if (x > spectrum.x(0) && x < spectrum.x.tail(1)(0))
        count(std::min(bins - 1, static_cast<Eigen::Index>((std::log(x) - low) / width))) += 1;
    count /= width * static_cast<double>(spectrum.eigenvalues.size());
    Style style{grey, 0.8};
    style.marker = Marker::open_circle;
    style.marker_size = 3;
    const Eigen::ArrayXd centres = (low + width * (Eigen::ArrayXd::LinSpaced(bins, 0, bins - 1) + 0.5)).exp();
    panel.series.push_back(points(centres, count, style, "GGᵀ/2R, Monte Carlo"));
  }
  return {title, subtitle, {panel}, 1};
}

}  // namespace muonphase::figures
