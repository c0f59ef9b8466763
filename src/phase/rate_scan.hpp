#pragma once
// Many constant rates, or scales of one schedule, integrated at once.
#include <Eigen/Core>
#include <functional>
#include <vector>

#include "muonphase/dynamics/mode_equation.hpp"
#include "muonphase/dynamics/rate_clock.hpp"

namespace muonphase {

/// Runs of one schedule times e^log_rate, all on the same nodes in s.
struct RateScan {
  Eigen::ArrayXd log_rate;                               ///< [rates]
  std::vector<double> log_s;                             ///< [nodes], evenly spaced
  /// Per node, [rates]: ln (2R − σ²), and ln ∫√(2R) ds (ln s for SGD).
  std::vector<Eigen::ArrayXd> log_twice_excess, log_area;
};

/// All runs at a node.
struct ScanNode {
  const Eigen::ArrayXd& twice_risk;
  const Eigen::ArrayXd& area;
};

/// From `first_s` on in steps of `step` in ln s, until `done` says so or nothing of the start is left. The mode sums of
/// all rates are one matrix product a step: O(rates · modes) each.
RateScan scan_rates(const ModeEquation& equation, const RateClock& schedule, const Eigen::ArrayXd& log_rate,
                    double first_s, double step, const std::function<bool(const ScanNode&)>& done);

/// The cubic through four evenly spaced values at x = −1, 0, 1, 2.
double cubic(const double* v, double x);

}  // namespace muonphase
