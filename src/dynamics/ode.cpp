#include "muonphase/dynamics/ode.hpp"

#include <exception>
#include <limits>
#include <vector>

#include "muonphase/dynamics/mode_equation.hpp"
#include "muonphase/equivalent/linear_coefficients.hpp"
#include "muonphase/error.hpp"

namespace muonphase {
namespace {

std::vector<ModeEquation> equations_of(const Problem& problem, const std::string& optimizer,
                                       const OdeOptions& options) {
  std::vector<ModeEquation> equations;
  for (const auto& coefficients :
       linear_coefficients(problem, optimizer, {options.bases, options.seed}, options.monitor))
    equations.push_back(mode_equation(problem, coefficients));
  return equations;
}

IntegrateOptions integrate_options(const OdeOptions& options) {
  return {.stepper = options.stepper, .tolerance = options.tolerance, .monitor = {{}, options.monitor.interrupted}};
}

// The risks of a constant rate at the horizons, infinite from where the run diverges.
Eigen::ArrayXd risks_at(const ModeEquation& equation, double rate, const Eigen::ArrayXd& horizons,
                        const IntegrateOptions& options) {
  Eigen::ArrayXd risks = Eigen::ArrayXd::Constant(horizons.size(), std::numeric_limits<double>::infinity());
  for (Eigen::Index reached = horizons.size(); reached > 0; --reached) try {
      Eigen::ArrayXd recorded(reached + 1);
      recorded << 0, horizons.head(reached);
      risks.head(reached) = integrate(equation, ConstantRate{rate}, recorded, options).risk.tail(reached);
      break;
    } catch (const NumericalError&) {
      continue;  // diverges before the last of these horizons
    }
  return risks;
}

}  // namespace

RiskCurve ode_curve(const Problem& problem, const std::string& optimizer, const LearningRate& schedule,
                    const Eigen::ArrayXd& recorded, const OdeOptions& options) {
  RiskCurve mean;
  const auto equations = equations_of(problem, optimizer, options);
  for (const auto& equation : equations) {
    options.monitor.check();
    const RiskCurve curve = risk_curve(problem, integrate(equation, schedule, recorded, integrate_options(options)));
    if (mean.step.size() == 0) {
      mean = curve;
      continue;
    }
    mean.risk += curve.risk;
    mean.learning_rate += curve.learning_rate;
    mean.mode_energy += curve.mode_energy;
  }
  const auto count = static_cast<double>(equations.size());
  mean.risk /= count;
  mean.learning_rate /= count;
  mean.mode_energy /= count;
  return mean;
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
      Eigen::ArrayXd mean = Eigen::ArrayXd::Zero(horizons.size());
      for (const auto& equation : equations)
        mean += risks_at(equation, learning_rates(i), horizons, integrate_options(options));
      sweep.risk.row(i) = mean / static_cast<double>(equations.size());
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
