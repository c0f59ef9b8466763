#pragma once
#include "muonphase/core/monitor.hpp"
#include "muonphase/dynamics/risk_curve.hpp"
#include "muonphase/dynamics/schedule.hpp"
#include "muonphase/problem/data_rows.hpp"
#include "muonphase/problem/problem.hpp"

namespace muonphase {

/// SGD in the linear layer on batches of rows drawn with replacement, from a given Δ_0 [n, d] in the eigenbases: the
/// mean A of Δ and M = E[ΔᵀΔ] are exact,
///
///     A ← A (1 − ηΣ),     M ← (1 − ηΣ) M (1 − ηΣ) + (η²/B) (E[|e|² xxᵀ] − ΣMΣ),     E|e|² = xᵀMx − 2 εᵀAx + |ε|²,
///
/// with weight decay λ as (1 − ηλ) W. O(N (d² + nd)) a step. Greedy rates and errors as integrate_quasilinear().
RiskCurve integrate_layer_gradient(const Problem& problem, const Eigen::MatrixXd& start, const SampleRows& rows,
                                   double weight_decay, const Monitor& monitor, const LearningRate& schedule,
                                   const Eigen::ArrayXd& record);

}  // namespace muonphase
