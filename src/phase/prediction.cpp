#include "muonphase/phase/prediction.hpp"

#include <algorithm>
#include <cmath>

#include "muonphase/optimizers/registry.hpp"

namespace muonphase {

bool is_predicted(const std::array<std::string, 2>& compare) {
  return describe(compare[0]).drift_power == 0.5 && describe(compare[1]).drift_power == 1;
}

Prediction predict(double alpha, double beta) {
  Prediction prediction;
  prediction.second_leads_early = alpha > 0 && alpha < 1 && 2 * alpha + beta > 1;
  // R → ½ (M I/T)², M the memory and I = ∫√(2R_bias) ds. Powers of d in M I: of SignSVD, M = Σ√λ/2 and I up to d^(α/2); of
  // SignSGD, M ∝ d and I ∝ the mean eigenvalue times an integral up to d^α.
  const double signsvd = std::max(0.0, 1 - alpha / 2) + std::max(0.0, 0.5 * (1 - beta));
  const double signsgd = std::max(0.0, 1 - alpha) + std::max(0.0, 0.5 * (alpha - beta + 1));
  constexpr double rounding = 1e-12;
  const double late = 2 * (signsvd - signsgd);
  prediction.late_exponent = std::abs(late) < rounding ? 0 : late;
  const bool second = prediction.second_leads_early || prediction.late_exponent > 0;
  const bool first = prediction.late_exponent < 0;
  prediction.phase = first && second ? Phase::tradeoff
                     : first         ? Phase::first
                     : second        ? Phase::second
                                     : Phase::indistinguishable;
  return prediction;
}

double late_boundary(double alpha) {
  return std::max(1.0, std::min(2 * alpha - 1, alpha + 1));
}

std::optional<double> decay_exponent(const std::string& optimizer, double alpha, double beta) {
  const double power = alpha + beta - 1;
  const double drift = describe(optimizer).drift_power;
  if (!(alpha > 0 && power > 0 && drift > 0)) return std::nullopt;
  return power / (alpha * drift);
}

}  // namespace muonphase
