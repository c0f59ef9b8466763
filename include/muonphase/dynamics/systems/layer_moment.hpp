#pragma once
#include "muonphase/closures/full/mode_rates.hpp"
#include "muonphase/dynamics/risk_curve.hpp"
#include "muonphase/dynamics/schedule.hpp"
#include "muonphase/dynamics/systems/quasilinear.hpp"
#include "muonphase/problem/problem.hpp"

namespace muonphase {

/// Integrates M = ΔᵀΔ of the linear layer from a given `start` [d, d] in the eigenbasis of Σ: over one optimizer step
///
///     M ← (1 − ηL) M (1 − ηL)ᵀ + η² (D − L M Lᵀ),
///
/// where no direction is taken further than to zero: what L does to directions that are down to a step's length is held
/// to 1/η (docs/theory-linear-layer.md §4). Stretches, schedules and errors as integrate_quasilinear(); O(d³) for each
/// part of a stretch. Exact modes.
RiskCurve integrate_layer_moment(const Problem& problem, const Eigen::MatrixXd& start, const MomentRateFunction& rates,
                                 const LearningRate& schedule, const Eigen::ArrayXd& record,
                                 const QuasilinearOptions& options = {});

}  // namespace muonphase
