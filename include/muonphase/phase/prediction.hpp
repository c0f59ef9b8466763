#pragma once
#include <array>
#include <optional>
#include <string>

#include "muonphase/phase/classify.hpp"

namespace muonphase {

/// The scaling predictions of docs/theory.md §6 for SignSVD (the first) against SignSGD (the second) as d → ∞: n_out ∝
/// n_in, large batch, no label noise, generic basis, the best constant rate.
struct Prediction {
  bool second_leads_early = false;  ///< SignSGD is ahead by a power of d at early times: 0 < α < 1 and 2α + β > 1
  double late_exponent = 0;         ///< of d in R_SignSVD/R_SignSGD as T → ∞; negative: SignSVD ends lower
  Phase phase = Phase::indistinguishable;  ///< from the two, each by a power of d
};
/// Whether the predictions are those of a pair: square-root preconditioning against none.
bool is_predicted(const std::array<std::string, 2>& compare);
Prediction predict(double alpha, double beta);

/// The powers e of d in √(2R) T as T → ∞, of SignSVD and SignSGD.
std::array<double, 2> late_powers(double alpha, double beta);

/// −d ln R/d ln C of the least risk for a compute C, of SignSVD and SignSGD: p/(3 + e + p/2), p = α + β − 1, e their
/// late_powers() (docs/theory.md §6). NaN where α + β ≤ 1.
std::array<double, 2> compute_slopes(double alpha, double beta);

/// The β up to which SignSVD ends lower by a power of d: 1 for α < 1, 2α − 1 for 1 ≤ α ≤ 2, α + 1 beyond. Above it
/// SignSGD ends lower by a power of d where 1 < α < 2 and β < α + 1, and elsewhere the two by a constant.
double late_boundary(double alpha);

/// The p of 2R ∝ s^(−p), the decay of the start in rescaled time: (α + β − 1)/(αq) where the drift goes with λ^q, q
/// = ½ for SignSVD, 1 for SignSGD. None where α + β ≤ 1 or α = 0, and for other optimizers.
std::optional<double> decay_exponent(const std::string& optimizer, double alpha, double beta);

/// Times to accuracy of SignSVD (the first) and SignSGD by the theorem of "Phases of Muon", ε → 0 in large batches
/// (docs/theory.md §6): its regions A (β < 1), B (1 < β < α + 1) and C (β > α + 1), the powers t ∝ ε^(−p) of the two, and
/// the p* of the accuracy d^(−p*) from which on SignSVD is ahead, 0 for α ≥ 2 (an accuracy whatever d), NaN where that is
/// not before the cut p = α + β − 1.
struct AccuracyPrediction {
  char region = 'A';
  std::array<double, 2> time;
  double crossing = 0;
};
/// All NaN where α + β ≤ 1.
AccuracyPrediction predict_accuracy(double alpha, double beta);

}  // namespace muonphase
