#pragma once
#include <Eigen/Core>
#include <string>

#include "muonphase/optimizers/ode.hpp"
#include "muonphase/phase/constant_rate.hpp"
#include "muonphase/problem/problem.hpp"

namespace muonphase {

/// R*(T) = min_η R(T; η) over constant rates and its minimiser in the closure of `options` (meant for Closure::full,
/// whose runs at different rates cannot be integrated as one, as best_constant_rate() does): to 1 % in R*, the error of
/// Accuracy::fast.
///
/// Each integrated rate serves every horizon. Rates, five a decade, go from the linear closure's minima up and down until
/// every horizon's best one has two to either side. Between rates ln t and ln R are cubics in ln η at fixed s =
/// ∫η dt/√(2R), where they have no kinks (docs/theory.md §6); where cubics through neighbouring runs disagree by more than
/// 1 %, rates are halved. `risk` is therefore interpolated: that of `learning_rate` to 1 %.
///
/// `horizons` > 0 increase. NoResultError when no rate has a finite risk at some horizon. Cost: some 10 to 30 curves.
TunedCurve best_full_rate(const Problem& problem, const Optimizer& optimizer, const Eigen::ArrayXd& horizons,
                          const OdeOptions& options);

}  // namespace muonphase
