#pragma once
#include <Eigen/Core>
#include <boost/numeric/odeint/stepper/controlled_step_result.hpp>
#include <boost/numeric/odeint/stepper/stepper_categories.hpp>
#include <optional>

#include "muonphase/dynamics/mode_equation.hpp"
#include "muonphase/dynamics/rate_clock.hpp"

namespace muonphase {

/// A mode equation with its learning rate: what the stepper integrates.
struct DrivenModes {
  const ModeEquation* equation;
  const RateClock* clock;   ///< null: greedy
  double greedy_scale = 1;  ///< used when greedy
};

/// y and a clock: the area ∫ η dt of the schedule, or t itself when greedy.
struct ModeState {
  Eigen::ArrayXd share;
  double clock = 0;
};

/// Exact integrals of one step of length ds for modes of given rate: y(ds) = decay y(0) + kick · (start u(0) + middle
/// u(ds/2) + end u(ds)), for u quadratic across the step.
struct StepWeights {
  Eigen::ArrayXd decay, start, middle, end;
};
StepWeights quadratic_step(const Eigen::ArrayXd& rate, double ds);

/// The integrals of quadratic_step() for u linear across the step; `middle` is empty.
StepWeights linear_step(const Eigen::ArrayXd& rate, double ds);

/// Exponential integrator of dy/ds = −rate y + u kick: exact in the modes, third order in the scalar u, whose value at
/// the end of a step solves a scalar quadratic, so that no step is too long to be stable. The error is that of √(2R),
/// estimated by the solution with u linear instead of quadratic across the step.
///
/// Meets Boost.Odeint's controlled-stepper concept with s as time. Cost of a step: O(modes), one exponential each.
class ExponentialStepper {
 public:
  using state_type = ModeState;
  using deriv_type = ModeState;
  using value_type = double;
  using time_type = double;
  using order_type = unsigned short;
  using stepper_category = boost::numeric::odeint::controlled_stepper_tag;

  explicit ExponentialStepper(double tolerance) : tolerance_(tolerance) {}
  order_type order() const { return 3; }

  /// Forgets the step before: to be called where η(t) has a kink, with a short ds.
  void restart() { last_.reset(); }

  boost::numeric::odeint::controlled_step_result try_step(const DrivenModes& system, ModeState& state, double& s,
                                                          double& ds);

  /// The state inside the last accepted step where the clock shows `clock`, to the accuracy of the step.
  ModeState at_clock(const DrivenModes& system, double clock) const;

 private:
  struct Step {
    ModeState start;
    double ds;
    double u[3];     // forcing at 0, ds/2, ds
    double tick[3];  // d(clock)/ds there
  };
  double tolerance_;
  std::optional<Step> last_;
};

}  // namespace muonphase
