#pragma once
#include <Eigen/Core>
#include <string>

#include "muonphase/optimizers/ode.hpp"
#include "muonphase/phase/constant_rate.hpp"
#include "muonphase/problem/problem.hpp"

namespace muonphase {

/// R*(T) = min_η R(T; η) over constant rates and its minimiser in the closure of `options` (meant for Closure::full,
/// which has no common clock over rates as best_constant_rate() uses): to 1 % in R*, the error of Accuracy::fast, where
/// ln R has one minimum in ln η. Of several it may miss the lowest, by some per cent.
///
/// Each integrated rate serves every horizon. Rates, three a decade, go from the linear closure's minima up until the
/// first horizon gets worse and down until the longest does. A minimum between them is that of the cubic in ln η through
/// the four nearest; where ln R is not smooth enough for that (the risk has died out, the noise floor begins), the rates
/// around it are halved. `risk` is therefore interpolated: that of `learning_rate` to 1 %.
///
/// `horizons` > 0 increase. NumericalError when no rate has a finite risk at some horizon. Cost: some 15 to 140 curves,
/// most where the risk dies out before many of the horizons.
TunedCurve best_full_rate(const Problem& problem, const Optimizer& optimizer, const Eigen::ArrayXd& horizons,
                          const OdeOptions& options);

}  // namespace muonphase
