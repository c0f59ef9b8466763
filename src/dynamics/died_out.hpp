#pragma once
#include <variant>

#include "muonphase/dynamics/risk_curve.hpp"
#include "muonphase/dynamics/schedule.hpp"

namespace muonphase {

/// Whether a risk has fallen below what closures can square. A run without noise gets there at greedy rates, or at a
/// constant rate of SGD in very many steps; it is over then.
inline bool died_out(double risk, double at_start) {
  constexpr double least = 1e-140;
  return risk >= 0 && risk < least && at_start > least;
}

/// The rate of a run that has died out: a greedy one has nothing to take a step for.
inline double rate_of_rest(const LearningRate& schedule, double step, double horizon) {
  return std::holds_alternative<GreedyRate>(schedule) ? 0 : rate_at(schedule, step, horizon);
}

/// The curve with the records from `next` on as the run that has died out leaves them.
inline RiskCurve at_rest(RiskCurve curve, Eigen::Index next, double risk, const Eigen::ArrayXd& mode_energy,
                         const LearningRate& schedule) {
  const double horizon = curve.step(curve.step.size() - 1);
  for (; next < curve.step.size(); ++next) {
    curve.risk(next) = risk;
    curve.learning_rate(next) = rate_of_rest(schedule, curve.step(next), horizon);
    curve.mode_energy.row(next) = mode_energy.transpose();
  }
  return curve;
}

}  // namespace muonphase
