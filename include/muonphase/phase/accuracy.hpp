#pragma once
#include <Eigen/Core>

#include "muonphase/phase/constant_rate.hpp"

namespace muonphase {

/// Steps to the risk factor · ε at the constant rate whose floor is ε (floor_rate()), and that rate, for each accuracy ε:
/// the time to accuracy of docs/theory.md §6, to 1e−3. All rates are integrated at once.
///
/// `accuracy` increases, each above the label noise's part of the risk; factor > 1, and factor · ε below the start
/// (StudyError). A scale-invariant equation. Cost O(accuracies · modes · 150).
TunedCurve floor_matched_times(const ModeEquation& equation, const Eigen::ArrayXd& accuracy, double factor);

/// Steps to the risk factor · ε at the constant rate that gets there first: R*(T) of best_constant_rate() read the other
/// way. Any equation; else as above.
TunedCurve best_rate_times(const ModeEquation& equation, const Eigen::ArrayXd& accuracy, double factor);

/// When a curve of risks that falls over increasing times reaches each target (log-log, monotone cubics), with its rate
/// there; infinite where it never does, the first time where it begins below.
TunedCurve times_to(const Eigen::ArrayXd& target, const Eigen::ArrayXd& time, const TunedCurve& curve);

}  // namespace muonphase
