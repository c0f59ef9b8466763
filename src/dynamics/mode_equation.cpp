#include "muonphase/dynamics/mode_equation.hpp"

#include <cmath>

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
  equation.noise = problem.label_noise * problem.label_noise;
  equation.scale_invariant = coefficients.scale_invariant;
  return equation;
}

double stability_edge(const ModeEquation& equation) {
  if (!equation.scale_invariant) return 1 / equation.memory();
  const double twice_risk = equation.twice_risk(equation.share);
  return (twice_risk - equation.noise) / (equation.memory() * std::sqrt(twice_risk));
}

double greedy_forcing(const ModeEquation& equation, const Eigen::ArrayXd& y) {
  return 0.5 * (equation.rate * y).sum() / equation.kick.sum();
}

}  // namespace muonphase
