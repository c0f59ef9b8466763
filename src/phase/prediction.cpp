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
  prediction.second_leads_early = alpha > 0 && alpha < 0.5 && 4 * alpha + 2 * beta > 1;
  // R → ½ (M I/T)², M the memory and I = ∫√(2R_bias) ds. Powers of d in M I: of SignSVD, M = Σ√λ/2 and I up to d^α; of
  // SignSGD, M ∝ d and I ∝ the mean eigenvalue times an integral up to d^(2α).
  const double signsvd = std::max(0.0, 1 - alpha) + std::max(0.0, 0.5 - beta);
  const double signsgd = std::max(0.0, 1 - 2 * alpha) + std::max(0.0, alpha - beta + 0.5);
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

std::optional<double> late_boundary(double alpha) {
  if (alpha > 1) return std::nullopt;
  return std::max(0.5, 2 * alpha - 0.5);
}

std::optional<double> decay_exponent(const std::string& optimizer, double alpha, double beta) {
  const double power = 2 * alpha + 2 * beta - 1;
  const double drift = describe(optimizer).drift_power;
  if (!(alpha > 0 && power > 0 && drift > 0)) return std::nullopt;
  return power / (2 * alpha * drift);
}

}  // namespace muonphase
