#include "muonphase/imbalance/advantage.hpp"

#include <cmath>
#include <limits>

#include "muonphase/imbalance/closed_form.hpp"
#include "muonphase/imbalance/loss.hpp"

namespace muonphase {
namespace {

/// Upper bound ρ of |∇_c|/‖∇‖ along gradient flow while the arc length is at most t*. On that stretch no component
/// exceeds t*, so e^(−s_j τ) ≥ 1 − t*/w*_j bounds how much faster than the minority component ∇_j has decayed.
double minority_share(const Mixture& mixture) {
  const Eigen::ArrayXd eigenvalue = mixture.input_eigenvalue(), cross = mixture.cross_singular_value(),
                       optimum = mixture.optimum();
  const double t = mixture.first_saturation();
  const Eigen::Index c = mixture.minority();
  double others = 0;
  for (Eigen::Index j = 0; j < mixture.classes(); ++j) {
    if (j == c) continue;
    const double excess = std::max(0.0, (eigenvalue(j) - eigenvalue(c)) / eigenvalue(j));
    const double ratio = cross(j) / cross(c) * std::pow(std::max(0.0, 1 - t / optimum(j)), excess);
    others += ratio * ratio;
  }
  return 1 / std::sqrt(1 + others);
}

bool meets_published_hypothesis(const Mixture& mixture) {
  const double m = mixture.mean_norm(0), k = static_cast<double>(mixture.classes());
  const bool common = (mixture.mean_norm == m).all();
  return common && m >= 1 && k >= 3 * m && mixture.prior.minCoeff() <= 1 / (5 * mixture.snr()(0) + 6 * k);
}

}  // namespace

Advantage spectral_advantage(const Mixture& mixture, int points) {
  const double k = static_cast<double>(mixture.classes()), t = mixture.first_saturation();
  const Eigen::Index c = mixture.minority();
  const Eigen::ArrayXd& m = mixture.mean_norm;
  const double noise = k * mixture.noise * mixture.noise;
  const double minority_cost = 0.5 * (m(c) * m(c) + noise) * t;
  const double balanced_cost = 0.5 * (m.square().mean() + noise) * t;

  Advantage advantage;
  advantage.first_saturation = t;
  advantage.minority_saturates_first = mixture.optimum()(c) == t;
  advantage.flow_minority.guaranteed_slope = m(c) * (1 - mixture.prior(c) * m(c)) - minority_cost;
  advantage.normalized_minority.guaranteed_slope = m(c) * (1 - minority_share(mixture)) - minority_cost;
  advantage.flow_balanced.guaranteed_slope = m.mean() - (mixture.prior * m.square()).mean() - balanced_cost;
  advantage.normalized_balanced.guaranteed_slope = m.mean() - std::sqrt(m.square().mean() / k) - balanced_cost;

  advantage.published_hypothesis = meets_published_hypothesis(mixture);
  advantage.flow_minority.published_slope = m(c) / 4;
  advantage.flow_balanced.published_slope = advantage.normalized_minority.published_slope = m(c) / 2;
  advantage.normalized_balanced.published_slope = std::numeric_limits<double>::quiet_NaN();

  const Eigen::ArrayXd time = Eigen::ArrayXd::LinSpaced(points, t / points, t);
  const Eigen::ArrayXXd spectral = class_loss(mixture, spectral_flow_components(mixture, time));
  const auto observe = [&](const Eigen::ArrayXXd& component, AdvantageClaim& minority, AdvantageClaim& balanced) {
    const Eigen::ArrayXXd gap = class_loss(mixture, component) - spectral;
    minority.observed_slope = (gap.col(c) / time).minCoeff();
    balanced.observed_slope = (balanced_loss(gap) / time).minCoeff();
  };
  observe(gradient_flow_components(mixture, time), advantage.flow_minority, advantage.flow_balanced);
  observe(normalized_flow_components(mixture, time), advantage.normalized_minority, advantage.normalized_balanced);
  return advantage;
}

}  // namespace muonphase
