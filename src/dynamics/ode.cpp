#include "muonphase/dynamics/ode.hpp"

#include <algorithm>
#include <cmath>
#include <exception>
#include <limits>
#include <vector>

#include "muonphase/closures/linear/linear_coefficients.hpp"
#include "muonphase/core/error.hpp"
#include "muonphase/dynamics/mode_equation.hpp"

namespace muonphase {
namespace {

std::vector<ModeEquation> equations_of(const Problem& problem, const std::string& optimizer,
                                       const OdeOptions& options) {
  std::vector<ModeEquation> equations;
  for (const auto& coefficients :
       linear_coefficients(problem, optimizer, {options.bases, options.seed}, options.rules, options.monitor))
    equations.push_back(mode_equation(problem, coefficients));
  return equations;
}

IntegrateOptions integrate_options(const OdeOptions& options) {
  return {.stepper = options.stepper, .tolerance = options.tolerance, .monitor = {{}, options.monitor.interrupted}};
}

// Risks at the horizons from `curve`, which integrates over given recorded steps; infinite from where the run diverges.
template <class Curve>
Eigen::ArrayXd risks_at(const Eigen::ArrayXd& horizons, Curve curve) {
  Eigen::ArrayXd risks = Eigen::ArrayXd::Constant(horizons.size(), std::numeric_limits<double>::infinity());
  for (Eigen::Index reached = horizons.size(); reached > 0; --reached) try {
      Eigen::ArrayXd recorded(reached + 1);
      recorded << 0, horizons.head(reached);
      risks.head(reached) = curve(recorded).tail(reached);
      break;
    } catch (const NumericalError&) {
      continue;  // diverges before the last of these horizons
    }
  return risks;
}

Eigen::ArrayXd full_risks(const Problem& problem, const std::string& optimizer, double rate,
                          const Eigen::ArrayXd& horizons, const OdeOptions& options) {
  return risks_at(horizons, [&](const Eigen::ArrayXd& recorded) {
    return full_mean_curve(problem, optimizer, ConstantRate{rate}, recorded, options.bases, full_options(options)).risk;
  });
}

Eigen::ArrayXd linear_risks(const std::vector<ModeEquation>& equations, double rate, const Eigen::ArrayXd& horizons,
                            const OdeOptions& options) {
  Eigen::ArrayXd mean = Eigen::ArrayXd::Zero(horizons.size());
  for (const auto& equation : equations)
    mean += risks_at(horizons, [&](const Eigen::ArrayXd& recorded) {
      return integrate(equation, ConstantRate{rate}, recorded, integrate_options(options)).risk;
    });
  return mean / static_cast<double>(equations.size());
}

}  // namespace

FullOdeOptions full_options(const OdeOptions& options) {
  const bool fast = options.accuracy == Accuracy::fast;
  FullOdeOptions full{.seed = options.seed, .rules = options.rules, .monitor = {{}, options.monitor.interrupted}};
  if (fast) full.closure = FullClosureOptions::fast();
  full.integrator.tolerance = std::max(100 * options.tolerance, fast ? 2e-3 : 1e-12);
  return full;
}

RiskCurve ode_curve(const Problem& problem, const std::string& optimizer, const LearningRate& schedule,
                    const Eigen::ArrayXd& recorded, const OdeOptions& options) {
  if (options.closure == Closure::full)
    return full_mean_curve(problem, optimizer, schedule, recorded, options.bases, full_options(options));
  std::vector<RiskCurve> curves;
  for (const auto& equation : equations_of(problem, optimizer, options)) {
    options.monitor.check();
    curves.push_back(risk_curve(problem, integrate(equation, schedule, recorded, integrate_options(options))));
  }
  return mean_curve(curves);
}

double fastest_change(const RiskCurve& curve) {
  double fastest = 0;
  for (Eigen::Index i = 1; i < curve.risk.size(); ++i)
    fastest =
        std::max(fastest, std::abs(std::log(curve.risk(i) / curve.risk(i - 1))) / (curve.step(i) - curve.step(i - 1)));
  return fastest;
}

LearningRateSweep learning_rate_sweep(const Problem& problem, const std::string& optimizer,
                                      const Eigen::ArrayXd& learning_rates, const Eigen::ArrayXd& horizons,
                                      const OdeOptions& options) {
  const auto equations = equations_of(problem, optimizer, options);
  LearningRateSweep sweep{learning_rates, horizons, Eigen::ArrayXXd(learning_rates.size(), horizons.size())};
  for (const auto& equation : equations)
    sweep.stability_edge += stability_edge(equation) / static_cast<double>(equations.size());
  std::exception_ptr error;
  std::size_t done = 0;
#pragma omp parallel for schedule(dynamic)
  for (Eigen::Index i = 0; i < learning_rates.size(); ++i) {
    if (options.monitor.stop()) continue;
    try {
      sweep.risk.row(i) = options.closure == Closure::full
                              ? full_risks(problem, optimizer, learning_rates(i), horizons, options)
                              : linear_risks(equations, learning_rates(i), horizons, options);
    } catch (...) {
#pragma omp critical(muonphase_sweep_failure)
      error = std::current_exception();
    }
#pragma omp critical(muonphase_sweep_progress)
    options.monitor.report(++done, static_cast<std::size_t>(learning_rates.size()));
  }
  if (error) std::rethrow_exception(error);
  options.monitor.check();
  return sweep;
}

}  // namespace muonphase
