#pragma once
#include <cstdint>
#include <string>

#include "muonphase/dynamics/integrate.hpp"
#include "muonphase/dynamics/risk_curve.hpp"
#include "muonphase/dynamics/schedule.hpp"
#include "muonphase/problem/problem.hpp"

namespace muonphase {

/// linear: the signal hides in the gradient's noise (docs/theory.md §3, §4). full: any signal (§5).
enum class Closure { linear, full };

struct OdeOptions {
  Stepper stepper = Stepper::exponential;
  double tolerance = 1e-6;  ///< of the integrator
  int bases = 16;           ///< random bases averaged over
  std::uint64_t seed = 1;   ///< of the bases
  Monitor monitor = {};     ///< may interrupt
};

/// The deterministic risk curve of an optimizer ("signsvd", "signsgd", "sgd") in the linear closure, the mean over
/// random bases where SignSGD sees such. `recorded` as in integrate(). StudyError for other optimizers.
///
///     RiskCurve curve = ode_curve(problem, "signsvd", ConstantRate{0.01}, recorded_steps(1e6, 200));
RiskCurve ode_curve(const Problem& problem, const std::string& optimizer, const LearningRate& schedule,
                    const Eigen::ArrayXd& recorded, const OdeOptions& options = {});

/// Risk at chosen horizons over constant learning rates.
struct LearningRateSweep {
  Eigen::ArrayXd learning_rate;  ///< η [rates]
  Eigen::ArrayXd horizon;        ///< T [horizons]
  Eigen::ArrayXXd risk;          ///< [rates, horizons]; infinite where the run diverged
  double stability_edge = 0;     ///< see muonphase::stability_edge
};

/// The same for many constant rates ≥ 0; `horizons` > 0 increase. Parallel over rates.
LearningRateSweep learning_rate_sweep(const Problem& problem, const std::string& optimizer,
                                      const Eigen::ArrayXd& learning_rates, const Eigen::ArrayXd& horizons,
                                      const OdeOptions& options = {});

}  // namespace muonphase
