#pragma once
#include <Eigen/Core>

#include "muonphase/core/monitor.hpp"
#include "muonphase/dynamics/mode_equation.hpp"
#include "muonphase/dynamics/risk_curve.hpp"
#include "muonphase/dynamics/schedule.hpp"

namespace muonphase {

/// exponential: the exponential integrator in rescaled time, for everything. dopri5: Boost.Odeint's Runge–Kutta in t,
/// explicit, for checks (its steps are limited by the fastest mode).
enum class Stepper { exponential, dopri5 };

struct IntegrateOptions {
  Stepper stepper = Stepper::exponential;
  double tolerance = 1e-6;  ///< local error of √(2R), in [1e−12, 1e−1]
  Monitor monitor = {};
  /// Whether the run has its path, of the exponential integrator at a constant rate. A run that diverges then ends where
  /// it does, with infinite risks from there on.
  bool path = false;
};

/// A run of the mode equation: R and η at the recorded steps, and every mode's share of 2R there.
struct ModeRun {
  Eigen::ArrayXd step, risk, learning_rate;  ///< [T]
  Eigen::ArrayXXd share;                     ///< [T, modes]
  IntegrationWork work = {};
  RunPath path = {};
};

/// Integrates from `equation.share` at t = 0. `recorded` increases from 0; its last entry is the horizon of the
/// schedule.
///
///     ModeEquation eq = mode_equation(problem, signsvd_coefficients(problem));
///     ModeRun run = integrate(eq, ConstantRate{0.01}, recorded_steps(1e6, 200));
///
/// DivergenceError where the risk grows without bound, as SGD's may.
ModeRun integrate(const ModeEquation& equation, const LearningRate& schedule, const Eigen::ArrayXd& recorded,
                  const IntegrateOptions& options = {});

/// The risk curve of a run, with Σ_k v_kj per input node (sums over the output side).
RiskCurve risk_curve(const Problem& problem, const ModeRun& run);

}  // namespace muonphase
