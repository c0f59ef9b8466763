#pragma once
#include <algorithm>
#include <variant>

#include "muonphase/dynamics/risk_curve.hpp"
#include "muonphase/dynamics/schedule.hpp"

namespace muonphase {

/// Whether a risk has fallen below what closures can square. A run without noise gets there at greedy rates, or at a
/// constant rate of SGD in very many steps; it is over then.
inline bool died_out(double risk, double at_start) {
  constexpr double least = 1e-140;
  return risk < least && at_start > least;
}

/// The curve with the records from `next` on as the run that has died out leaves them.
inline RiskCurve at_rest(RiskCurve curve, Eigen::Index next, double risk, const Eigen::ArrayXd& mode_energy,
                         const LearningRate& schedule) {
  const double horizon = curve.step(curve.step.size() - 1);
  for (; next < curve.step.size(); ++next) {
    curve.risk(next) = std::max(risk, 0.0);
    curve.learning_rate(next) =
        std::holds_alternative<GreedyRate>(schedule) ? 0 : rate_at(schedule, curve.step(next), horizon);
    curve.mode_energy.row(next) = mode_energy.transpose();
  }
  return curve;
}

}  // namespace muonphase
