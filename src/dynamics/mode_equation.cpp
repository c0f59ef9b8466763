#include "muonphase/dynamics/mode_equation.hpp"

#include <fmt/core.h>

#include <cmath>
#include <limits>

#include "muonphase/core/error.hpp"

namespace muonphase {

ModeEquation mode_equation(const Problem& problem, const Coefficients& coefficients) {
  const Eigen::ArrayXXd weight = risk_weight(problem);
  if (coefficients.drift.rows() != weight.rows() || coefficients.drift.cols() != weight.cols())
    throw NumericalError("coefficients do not have the shape of the problem");
  ModeEquation equation;
  equation.rate = 2 * coefficients.drift.reshaped();
  equation.kick = (weight * coefficients.diffusion).reshaped();
  equation.share = (weight * problem.energy).reshaped();
  equation.noise = problem.noise_variance();
  equation.scale_invariant = coefficients.scale_invariant;
  return equation;
}

double ModeEquation::noise_coefficient() const {
  return scale_invariant ? M_SQRT2 * memory() : std::numeric_limits<double>::quiet_NaN();
}

double floor_rate(const ModeEquation& equation, double risk) {
  if (!(2 * risk > equation.noise) || !std::isfinite(risk))
    throw StudyError(fmt::format("a floor of {:g}: must be above {:g}, the label noise's part of the risk", risk,
                                 equation.noise / 2));
  const double signal = (2 * risk - equation.noise) / equation.memory();
  return equation.scale_invariant ? signal / std::sqrt(2 * risk) : signal / (2 * risk);
}

double stability_edge(const ModeEquation& equation) {
  if (!equation.scale_invariant) return 1 / equation.memory();
  return floor_rate(equation, equation.twice_risk(equation.share) / 2);
}

double greedy_forcing(const ModeEquation& equation, const Eigen::ArrayXd& y) {
  return 0.5 * (equation.rate * y).sum() / equation.kick.sum();
}

}  // namespace muonphase
