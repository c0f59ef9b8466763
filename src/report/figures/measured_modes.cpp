#include <fmt/format.h>

#include <cmath>

#include "muonphase/report/figures/curves.hpp"

namespace muonphase::figures {
namespace {

Panel measured_panel(const MeasuredModes& modes, const Eigen::ArrayXd& value, Color color, const Label& name) {
  Style dots{color, 1};
  dots.marker_size = 2.5;
  Panel panel;
  panel.x.label = "rank j of the mode";
  panel.y.label = name;
  panel.x.scale = panel.y.scale = Scale::log;
  panel.x.padding = panel.y.padding = 0.03;
  panel.width = 200;
  panel.height = 160;
  panel.series.push_back(points(modes.rank, value, dots, "measured"));
  return panel;
}

/// The power law over its ranks, through the mean of the logarithms there.
void add_fit(Panel& panel, const MeasuredModes& modes, const Eigen::ArrayXd& value, double exponent, double error,
             const char* letter) {
  if (!std::isfinite(exponent)) return;
  double shift = 0, count = 0;
  for (Eigen::Index i = 0; i < modes.rank.size(); ++i)
    if (modes.rank(i) >= modes.first && modes.rank(i) <= modes.last && value(i) > 0) {
      shift += (std::log(value(i)) + exponent * std::log(modes.rank(i))) / modes.rank(i);  // bins of ln j weigh alike
      count += 1 / modes.rank(i);
    }
  if (count == 0) return;
  const Eigen::ArrayXd x{{modes.first, modes.last}};
  panel.series.push_back(line(x, std::exp(shift / count) * x.pow(-exponent), {okabe_ito::black, 1.4, Dash::dashed},
                              fmt::format("{} = {:.3f} ± {:.3f}", letter, exponent, error)));
}

}  // namespace

Figure measured_figure(const MeasuredModes& modes, const Label& title, const Label& subtitle) {
  Panel spectrum = measured_panel(modes, modes.eigenvalue, okabe_ito::blue, Label::markup("eigenvalue λ_j"));
  add_fit(spectrum, modes, modes.eigenvalue, modes.alpha, modes.alpha_error, "α");
  Figure figure{title, subtitle, {spectrum}, 2};
  if (modes.target_energy.size() == 0) return figure;
  Panel target = measured_panel(modes, modes.target_energy, okabe_ito::vermillion, Label::markup("target energy of mode j"));
  target.series.push_back(line(modes.rank, modes.target_noise, {grey, 1.2, Dash::dotted}, "noise of the sample"));
  add_fit(target, modes, modes.target_energy, modes.beta, modes.beta_error, "β");
  figure.panels.push_back(target);
  return figure;
}

}  // namespace muonphase::figures
