#pragma once
#include <Eigen/Core>

#include "muonphase/dynamics/mode_equation.hpp"

namespace muonphase {

/// A learning-rate policy at its best for each horizon, or for each accuracy.
struct TunedCurve {
  Eigen::ArrayXd risk;  ///< [horizons] R*(T); empty over accuracies
  Eigen::ArrayXd
      learning_rate;  ///< [horizons] the rate that reaches it: of power and wsd η_0, of greedy and optimal η(T)
  Eigen::ArrayXd shape = {};  ///< [horizons] the other number tuned: γ of power, the decay of wsd; else empty
  Eigen::ArrayXd time = {};   ///< [accuracies] steps to a multiple of the accuracy; empty over horizons
};

struct RateScanOptions {
  int rates_per_decade = 12;  ///< spacing of the rates that are integrated
  double step = 0.12;         ///< spacing of the grid in ln s
};

/// R*(T) = min_η R(T; η) over constant rates and its minimiser, to 1e−3 relative in R*.
///
/// At fixed T, R has a kink at its minimum in η (the risk dies out in finite time, then the noise floor). At fixed s
/// both t and R are smooth in η, so a moderate grid of rates is integrated at once on one grid in s; for each s the η
/// that reaches it at T follows by interpolation, and R along that line has an ordinary smooth minimum in s
/// (docs/theory.md §6).
///
/// `horizons` increase, all > 0. Cost O(rates · modes · steps + horizons · steps).
TunedCurve best_constant_rate(const ModeEquation& equation, const Eigen::ArrayXd& horizons,
                              const RateScanOptions& options = {});

/// The least risk over η_0 and γ of the schedules η_0 (1 + t/t0)^(−γ), γ from 0 to 1.5: the scan at each of 25 values
/// of γ, with the area ∫η dt/η_0 in the place of time, and the parabola in γ at each horizon. To 1 % in R*. `t0` > 0.
TunedCurve best_power_rate(const ModeEquation& equation, const Eigen::ArrayXd& horizons, double t0,
                           const RateScanOptions& options = {});

}  // namespace muonphase
