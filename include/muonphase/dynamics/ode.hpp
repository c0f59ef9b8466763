#pragma once
#include <cstdint>
#include <string>

#include "muonphase/closures/linear/linear_coefficients.hpp"
#include "muonphase/dynamics/full_ode.hpp"
#include "muonphase/dynamics/integrate.hpp"
#include "muonphase/dynamics/risk_curve.hpp"
#include "muonphase/dynamics/schedule.hpp"
#include "muonphase/problem/problem.hpp"

namespace muonphase {

/// linear: the signal hides in the gradient's noise (docs/theory.md §3, §4). full: any signal (§5).
enum class Closure { linear, full };

/// Of the full closure's quadrature: accurate, or about ten times faster.
enum class Accuracy { accurate, fast };

struct OdeOptions {
  Closure closure = Closure::linear;
  Accuracy accuracy = Accuracy::accurate;  ///< of the full closure
  Stepper stepper = Stepper::exponential;  ///< of the linear closure
  double tolerance = 1e-6;                 ///< of the integrator
  int bases = 16;                          ///< random bases averaged over
  std::uint64_t seed = 1;                  ///< of the bases
  OptimizerRules rules = {};               ///< of muon and signum
  Monitor monitor = {};                    ///< may interrupt
};

/// What full_curve() takes: the integrator of the full closure compares a predictor with its corrector, whose
/// difference may be 100 times `tolerance` (1e−3 at least with Accuracy::fast).
FullOdeOptions full_options(const OdeOptions& options);

/// The deterministic risk curve of an optimizer ("signsvd", "signsgd", "sgd"; in the linear closure "muon" and "signum"
/// too), the mean over random bases where SignSGD sees such. `recorded` as in integrate(). StudyError for other
/// optimizers.
///
///     RiskCurve curve = ode_curve(problem, "signsvd", ConstantRate{0.01}, recorded_steps(1e6, 200));
RiskCurve ode_curve(const Problem& problem, const std::string& optimizer, const LearningRate& schedule,
                    const Eigen::ArrayXd& recorded, const OdeOptions& options = {});

/// Risk at chosen horizons over constant learning rates.
struct LearningRateSweep {
  Eigen::ArrayXd learning_rate;  ///< η [rates]
  Eigen::ArrayXd horizon;        ///< T [horizons]
  Eigen::ArrayXXd risk;          ///< [rates, horizons]; infinite where the run diverged
  double stability_edge = 0;     ///< of the linear closure, see muonphase::stability_edge
};

/// The same for many constant rates ≥ 0; `horizons` > 0 increase. Parallel over rates.
LearningRateSweep learning_rate_sweep(const Problem& problem, const std::string& optimizer,
                                      const Eigen::ArrayXd& learning_rates, const Eigen::ArrayXd& horizons,
                                      const OdeOptions& options = {});

/// The largest |Δ ln R| per step between records of a curve: momentum is averaged over rightly where this is small
/// against 1 − μ.
double fastest_change(const RiskCurve& curve);

}  // namespace muonphase
