#pragma once
#include <Eigen/Core>
#include <string>

#include "muonphase/optimizers/ode.hpp"
#include "muonphase/phase/constant_rate.hpp"
#include "muonphase/problem/problem.hpp"

namespace muonphase {

/// R*(T) = min_η R(T; η) over constant rates and its minimiser in the closure of `options` (meant for Closure::full,
/// which has no common clock over rates as best_constant_rate() uses): to 1 % in R*, the error of Accuracy::fast.
///
/// Each integrated rate serves every horizon. Rates go from the linear closure's minima up until the first horizon gets
/// worse and down until the longest does, and are refined around the minima of all horizons, whose kinks (the risk has
/// died out, the noise floor begins) a coarse grid would miss.
///
/// `horizons` > 0 increase. NumericalError when no rate has a finite risk at some horizon. Cost: some 50 to 150 curves.
TunedCurve best_full_rate(const Problem& problem, const Optimizer& optimizer, const Eigen::ArrayXd& horizons,
                          const OdeOptions& options);

}  // namespace muonphase
