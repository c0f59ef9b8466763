#pragma once
#include <Eigen/Core>
#include <cstdint>

#include "muonphase/dynamics/integrate.hpp"
#include "muonphase/optimizers/linear_curve.hpp"
#include "muonphase/optimizers/optimizer.hpp"

/// The deterministic curves of an optimizer.
namespace muonphase {

/// linear: the signal hides in the gradient's noise (docs/theory.md §3, §4). full: any signal (§5).
enum class Closure { linear, full };

/// Of the full closure's quadrature: accurate, or about ten times faster.
enum class Accuracy { accurate, fast };

struct OdeOptions {
  Closure closure = Closure::linear;
  Accuracy accuracy = Accuracy::accurate;  ///< of the full closure
  Stepper stepper = Stepper::exponential;  ///< of the linear closure
  double tolerance = 1e-6;                 ///< of the integrator; see integrator_tolerance() for the full closure
  int bases = 16;                          ///< random bases, and random starts, averaged over
  std::uint64_t seed = 1;                  ///< of the bases
  SampleAverage average = SampleAverage::rows;  ///< of problems with data
  Monitor monitor = {};  ///< counts the columns of random bases for a curve, rates for a sweep; may interrupt
};

/// Least OdeOptions::tolerance that the integrator of the linear closure takes.
inline constexpr double least_tolerance = 1e-12;

/// What the integrator of the full closure allows between its predictor and its corrector, on ln R: 100 times
/// `tolerance`, and 2e−3 at least with Accuracy::fast.
double integrator_tolerance(const OdeOptions& options);

/// Whether the full closure draws random numbers besides bases: in the linear layer Δ_0 where it is not given, since
/// its energies alone do not tell how a run goes (that of draw k is the start of trial k of a simulation), and of
/// SignSVD on data the noise of a run.
bool draws_run(const Problem& problem, const Optimizer& optimizer, const OdeOptions& options);

/// Whether the curves of an optimizer depend on the draw of random bases.
bool sees_random_basis(const Problem& problem, const Optimizer& optimizer);

/// The full closure of an optimizer on a problem, from the energies of `problem` or from a given Δ_0 [n, d] in the
/// eigenbases, in the random bases of draw `draw`: those of linear_coefficients() and of trial `draw` of a simulation.
/// StudyError for an optimizer without one, UnsupportedError for a problem that it cannot take.
FullDynamics full_dynamics(const Problem& problem, const Optimizer& optimizer, const OdeOptions& options,
                           std::uint64_t draw = 0, const Eigen::MatrixXd& start = {});

/// The curve of full_dynamics().
RiskCurve full_curve(const Problem& problem, const Optimizer& optimizer, const LearningRate& schedule,
                     const Eigen::ArrayXd& recorded, const OdeOptions& options, std::uint64_t draw = 0,
                     const Eigen::MatrixXd& start = {});

/// The deterministic risk curve of an optimizer: the mean over options.bases random bases, in parallel, where it sees
/// such. `recorded` as in integrate(). The full closure may start from a given Δ_0 [n, d] in the eigenbases; the linear
/// one knows energies only. StudyError for an optimizer without the closure.
///
///     Optimizer signsvd = make_optimizer("signsvd");
///     RiskCurve curve = ode_curve(problem, signsvd, ConstantRate{0.01}, recorded_steps(1e6, 200));
RiskCurve ode_curve(const Problem& problem, const Optimizer& optimizer, const LearningRate& schedule,
                    const Eigen::ArrayXd& recorded, const OdeOptions& options = {}, const Eigen::MatrixXd& start = {});

/// 𝒮 of the linear closure, with which a constant rate η ends at the risk (η𝒮/2)² (ModeEquation::noise_coefficient):
/// the mean over options.bases random bases where the optimizer sees such.
double noise_coefficient(const Problem& problem, const Optimizer& optimizer, const OdeOptions& options = {});

/// The constant rates at which long runs end at `risks` by the linear closure, of that mean. StudyError for an optimizer
/// without one, UnsupportedError unless every risk is above the label noise's part and below the start.
std::vector<double> floor_rates(const Problem& problem, const Optimizer& optimizer, const std::vector<double>& risks,
                                const OdeOptions& options = {});

/// Risk at chosen horizons over constant learning rates.
struct LearningRateSweep {
  Eigen::ArrayXd learning_rate;  ///< η [rates]
  Eigen::ArrayXd horizon;        ///< T [horizons]
  Eigen::ArrayXXd risk;          ///< [rates, horizons]; infinite where the run diverged
  double stability_edge = 0;     ///< of the linear closure, see muonphase::stability_edge; the largest of the decays'
  Eigen::ArrayXXd weight_decay = {};  ///< [rates, horizons] with which the risk is lowest; empty without a choice
};

/// For many constant rates ≥ 0; `horizons` > 0 increase. Each risk is the lowest of those at `weight_decays`, where
/// there are any, else the optimizer's at its own. Parallel over rates.
LearningRateSweep learning_rate_sweep(const Problem& problem, const Optimizer& optimizer,
                                      const Eigen::ArrayXd& learning_rates, const Eigen::ArrayXd& horizons,
                                      const OdeOptions& options = {}, const std::vector<double>& weight_decays = {});

/// A sweep over more and more rates, from closures that are built once: for a search over rates.
class RateSweep {
 public:
  RateSweep(const Problem& problem, const Optimizer& optimizer, const OdeOptions& options);

  Eigen::ArrayXXd risks(const Eigen::ArrayXd& learning_rates, const Eigen::ArrayXd& horizons) const;  ///< [rates, horizons]
  /// Whole runs to `horizon`, for each rate one on each basis. Those that diverge end where they do, or before.
  std::vector<std::vector<RunPath>> paths(const Eigen::ArrayXd& learning_rates, double horizon) const;
  /// The mean over bases of the linear closure's.
  double stability_edge() const { return stability_edge_; }

 private:
  template <class Of>
  void for_each_rate(const Eigen::ArrayXd& learning_rates, Of of) const;

  OdeOptions options_;
  std::vector<LinearCurve> curves_;     ///< one for each basis
  std::vector<FullDynamics> dynamics_;  ///< of the full closure, one for each basis
  double stability_edge_ = 0;
  bool steps_apart_ = false;  ///< whether full dynamics take every step, and have no path but what they record
};

/// The largest |Δ ln R| per step between records of a curve: momentum is averaged over rightly where this is small
/// against 1 − μ.
double fastest_change(const RiskCurve& curve);

}  // namespace muonphase
