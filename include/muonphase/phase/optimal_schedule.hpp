#pragma once
#include <Eigen/Core>

#include "muonphase/dynamics/mode_equation.hpp"
#include "muonphase/dynamics/schedule.hpp"
#include "muonphase/phase/constant_rate.hpp"

namespace muonphase {

struct OptimalOptions {
  int nodes = 96;           ///< of the grid in s, even in the logarithm towards both ends; odd numbers are as good
  int ends_per_decade = 6;  ///< runs of different length S, from which horizons are interpolated
};

/// The mode equation over [0, S] for u piecewise linear in s between nodes: 2R at the nodes is free + response u, and
/// the time at the end Σ clock 2R/u, by the trapezoid rule (docs/theory.md §6). Nodes are spaced evenly in ln s near 0
/// and in ln(S − s) near S, from well below 1/max(rate) at either end.
struct ControlGrid {
  Eigen::ArrayXd gap;              ///< [nodes − 1] distances between nodes
  Eigen::ArrayXd free;             ///< [nodes] 2R without control, label noise included
  Eigen::MatrixXd response;        ///< [nodes, nodes] ≥ 0, lower triangular
  Eigen::ArrayXd clock;            ///< [nodes] > 0
  Eigen::ArrayXd free_slope;       ///< d free/d ln S, the grid stretched as a whole
  Eigen::MatrixXd response_slope;  ///< d response/d ln S
};

/// The grid over [0, length]. O(nodes² modes). Scale-invariant optimizers.
ControlGrid control_grid(const ModeEquation& equation, double length, int nodes);

/// What a control u > 0 at the nodes reaches.
struct ControlValue {
  Eigen::ArrayXd twice_risk;  ///< [nodes]
  Eigen::ArrayXd time;        ///< [nodes] t; the last is the horizon
};
ControlValue control_value(const ControlGrid& grid, const Eigen::ArrayXd& u);

/// The derivative of 2R(S) + multiplier · t(S) with respect to u at the nodes, by the adjoint equation. O(nodes²).
Eigen::ArrayXd control_gradient(const ControlGrid& grid, const Eigen::ArrayXd& u, double multiplier);

/// A schedule of least risk at its horizon.
struct OptimalControl {
  Eigen::ArrayXd u;       ///< [nodes]
  double multiplier = 0;  ///< −d(2R)/dT of the least risk against the horizon
};

/// The schedule that has the least risk among all of its horizon, and S at that horizon: where the derivatives of
/// 2R(S) + multiplier · t(S) by u and by S are zero, by Newton's method from `guess`. At a given multiplier the u is
/// unique (docs/theory.md §6). NumericalError when it does not converge. O(nodes³) an iteration.
OptimalControl optimal_control(const ControlGrid& grid, const OptimalControl& guess);

/// η(t) of a control as a table.
TableRate schedule_of(const ControlGrid& grid, const Eigen::ArrayXd& u);

/// The least risk at each horizon over all schedules, and η at the end of the schedule that reaches it; to 1e−3
/// relative in R. `horizons` increase, all > 0. Where the risk has come to fall exponentially in T it is continued so,
/// down to 1e−280 of the start. StudyError for SGD. Cost O(decades · nodes² · (modes + nodes)).
TunedCurve optimal_schedules(const ModeEquation& equation, const Eigen::ArrayXd& horizons,
                             const OptimalOptions& options = {});

}  // namespace muonphase
