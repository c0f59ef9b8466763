#include "muonphase/phase/prediction.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "muonphase/optimizers/registry.hpp"

namespace muonphase {

bool is_predicted(const std::array<std::string, 2>& compare) {
  return describe(compare[0]).drift_power == 0.5 && describe(compare[1]).drift_power == 1;
}

std::array<double, 2> late_powers(double alpha, double beta) {
  // R → ½ (M I/T)², M the memory and I = ∫√(2R_bias) ds. Powers of d in M I: of SignSVD, M = Σ√λ/2 and I up to d^(α/2); of
  // SignSGD, M ∝ d and I ∝ the mean eigenvalue times an integral up to d^α.
  return {std::max(0.0, 1 - alpha / 2) + std::max(0.0, 0.5 * (1 - beta)),
          std::max(0.0, 1 - alpha) + std::max(0.0, 0.5 * (alpha - beta + 1))};
}

std::array<double, 2> compute_slopes(double alpha, double beta) {
  const double power = alpha + beta - 1;
  std::array<double, 2> slopes = late_powers(alpha, beta);
  for (double& slope : slopes)
    slope = power > 0 ? power / (3 + slope + power / 2) : std::numeric_limits<double>::quiet_NaN();
  return slopes;
}

Prediction predict(double alpha, double beta) {
  Prediction prediction;
  prediction.second_leads_early = alpha > 0 && alpha < 1 && 2 * alpha + beta > 1;
  const auto [signsvd, signsgd] = late_powers(alpha, beta);
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

AccuracyPrediction predict_accuracy(double alpha, double beta) {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  AccuracyPrediction prediction{beta < 1 ? 'A' : beta < alpha + 1 ? 'B' : 'C', {nan, nan}, nan};
  const double cut = alpha + beta - 1;
  if (!(cut > 0)) return prediction;
  const double svd = beta < 1 ? alpha / (2 * cut) : 0.5, sgd = beta < alpha + 1 ? alpha / cut : 0.5;
  prediction.time = {svd, sgd};
  // d^(1 − α/2 + p svd) against d^(max(0, 1 − α) + p sgd).
  const double behind = std::max(0.0, 1 - alpha / 2 - std::max(0.0, 1 - alpha));
  constexpr double rounding = 1e-9;
  if (sgd > svd && behind / (sgd - svd) < cut - rounding) prediction.crossing = behind / (sgd - svd);
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
