#pragma once
#include <Eigen/Core>

#include "muonphase/dynamics/mode_equation.hpp"
#include "muonphase/phase/constant_rate.hpp"

namespace muonphase {

/// R*(T) over η_0 and the decay of warm-up/stable/decay schedules (WsdRate), the warm-up being given: for each horizon
/// simplex searches from the best of the horizon before and from far of it, every run by the exponential stepper. To
/// 1e−3 relative in R*.
///
/// `horizons` increase, all > 0; `warmup` in [0, 1) is a fraction of the run. Cost O(horizons · 120 runs).
TunedCurve best_wsd_rate(const ModeEquation& equation, const Eigen::ArrayXd& horizons, double warmup);

}  // namespace muonphase
