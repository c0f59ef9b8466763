#pragma once
#include <cstdint>

#include "muonphase/closures/full/layer_rows.hpp"
#include "muonphase/core/monitor.hpp"
#include "muonphase/dynamics/risk_curve.hpp"
#include "muonphase/dynamics/schedule.hpp"
#include "muonphase/problem/problem.hpp"

namespace muonphase {

/// Which noise a run of integrate_layer_delta() draws.
struct NoiseDraw {
  std::uint64_t seed = 1, draw = 0;
};

/// Integrates Δ itself [n, d] of the linear layer from a given start, one realisation of what batches add:
///
///     Δ ← Δ − η E[Φ] + η (E[ΦΦᵀ] − E[Φ]E[Φ]ᵀ)^½ Z (E[ΦᵀΦ] − E[Φ]ᵀE[Φ])^½ / √(tr − |E[Φ]|²),     Z iid N(0, 1).
///
/// Steps are taken many at once while risk and rates change little: exactly in the linear response of each column, and
/// to second order in what is left. Records within a stretch are interpolated in ln R. Weight decay λ pulls towards −W*.
/// Curves of several draws average to the expected risk. Errors as integrate_quasilinear().
RiskCurve integrate_layer_delta(const Problem& problem, const Eigen::MatrixXd& start, const DeltaRateFunction& rates,
                                double weight_decay, const NoiseDraw& noise, const LearningRate& schedule,
                                const Eigen::ArrayXd& record);

}  // namespace muonphase
