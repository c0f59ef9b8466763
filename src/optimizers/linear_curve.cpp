#include "muonphase/optimizers/linear_curve.hpp"

#include <algorithm>
#include <cmath>

#include "muonphase/core/error.hpp"

namespace muonphase {

LinearCurve::LinearCurve(const Problem& problem, const Optimizer& optimizer, const Coefficients& coefficients)
    : problem_(problem),
      coefficients_(coefficients),
      equation_(mode_equation(problem, coefficients)),
      inertia_{problem.noise_dominated() ? Memory{} : coefficients.memory, optimizer.weight_decay()} {}

RiskCurve LinearCurve::curve(const LearningRate& schedule, const Eigen::ArrayXd& recorded,
                             const IntegrateOptions& options) const {
  if (!inertia_.none()) return with_inertia(schedule, recorded, options);
  return risk_curve(problem_, integrate(equation_, schedule, recorded, options));
}

Eigen::ArrayXd LinearCurve::risk(const LearningRate& schedule, const Eigen::ArrayXd& recorded,
                                 const IntegrateOptions& options) const {
  if (!inertia_.none()) return with_inertia(schedule, recorded, options).risk;
  return integrate(equation_, schedule, recorded, options).risk;
}

RunPath LinearCurve::path(const ConstantRate& rate, double horizon, const IntegrateOptions& options) const {
  IntegrateOptions with_path = options;
  with_path.stepper = Stepper::exponential;
  with_path.path = true;
  const Eigen::ArrayXd ends{{0.0, horizon}};
  return inertia_.none() ? integrate(equation_, rate, ends, with_path).path : with_inertia(rate, ends, with_path).path;
}

// The signal hides in noise: rates and noise depend on the energies through the risk alone.
RiskCurve LinearCurve::with_inertia(const LearningRate& schedule, const Eigen::ArrayXd& recorded,
                                    const IntegrateOptions& options) const {
  if (problem_.noise_dominated())
    throw UnsupportedError("problem.batch", "a whole number with weight decay");
  if (options.stepper != Stepper::exponential)
    throw UnsupportedError("ode.stepper", "\"exponential\" for updates with memory and for weight decay");
  // Of a gradient at 2R = 1, in units of Δ: Var G_kj/(E[G_kj]/Δ_kj)².
  const Eigen::VectorXd output = noise_problem(problem_).output.eigenvalue;
  const Eigen::RowVectorXd input = (problem_.batch * problem_.input.eigenvalue).inverse().matrix().transpose();
  const Eigen::ArrayXXd noise =
      ((problem_.linear_layer() ? Eigen::VectorXd(output / problem_.residuals()) : output.cwiseInverse()) * input)
          .array();
  const auto rates = [&](const Eigen::ArrayXXd& energy, const Eigen::ArrayXXd&) {
    options.monitor.check();
    const double twice_risk = 2 * population_risk(problem_, energy);
    if (coefficients_.scale_invariant) {
      // E[Φ²] is V, its mean's square included.
      const Eigen::ArrayXXd rate = coefficients_.drift / std::sqrt(twice_risk);
      return StepRates{rate, (coefficients_.diffusion - rate.square() * energy).max(0), twice_risk * noise};
    }
    return StepRates{coefficients_.drift, coefficients_.diffusion * twice_risk, twice_risk * noise};
  };
  return integrate_inertial(problem_, rates, inertia_, schedule, recorded,
                            {.tolerance = std::clamp(100 * options.tolerance, 1e-9, 2e-3), .path = options.path});
}

}  // namespace muonphase
