#pragma once
#include <Eigen/Core>

#include "muonphase/closures/linear/coefficients.hpp"
#include "muonphase/problem/problem.hpp"

namespace muonphase {

/// The linear closure in rescaled time s, where it is linear with one scalar forcing (docs/theory.md §2):
///
///     dy_i/ds = −rate_i y_i + u kick_i,     2R = Σ y_i + σ²,
///
/// with y_i = weight λ v the share of 2R that mode i holds, rate = 2f and kick = weight λ V.
/// Scale-invariant optimizers: ds = η dt/√(2R), u = η √(2R). SGD: ds = η dt, u = η 2R.
/// Modes are the entries (output node, input node) of the Problem, column by column.
struct ModeEquation {
  Eigen::ArrayXd rate;   ///< [modes] > 0
  Eigen::ArrayXd kick;   ///< [modes] ≥ 0
  Eigen::ArrayXd share;  ///< [modes] y at the start
  double noise = 0;      ///< Problem::noise_variance()
  bool scale_invariant = true;

  double twice_risk(const Eigen::ArrayXd& y) const { return y.sum() + noise; }
  /// ∫_0^∞ of the response to a unit forcing, Σ kick/rate: a constant rate η ends at √(2R) = η memory (label noise
  /// aside).
  double memory() const { return (kick / rate).sum(); }
  /// 𝒮 = √2 memory: a constant rate η ends at the risk (η𝒮/2)², label noise aside. NaN for SGD, whose floor is zero.
  double noise_coefficient() const;
};

/// Throws NumericalError when the shapes differ.
ModeEquation mode_equation(const Problem& problem, const Coefficients& coefficients);

/// The constant rate at which a long run ends at `risk`, the floor: (2R − σ²)/(memory √(2R)), which is 2√R/𝒮 without
/// label noise. SGD: (1 − σ²/2R)/memory. StudyError unless risk > σ²/2, below which no rate ends.
double floor_rate(const ModeEquation& equation, double risk);

/// The constant learning rate at the stability edge. Scale-invariant: above it a long run ends above its start,
/// η = (2R_0 − σ²)/(memory √(2R_0)). SGD: above it the risk diverges, η = 1/memory.
double stability_edge(const ModeEquation& equation);

/// The greedy forcing: the u that minimises dR/dt at shares y, A/W with A = ½ Σ rate y and W = Σ kick.
double greedy_forcing(const ModeEquation& equation, const Eigen::ArrayXd& y);

}  // namespace muonphase
