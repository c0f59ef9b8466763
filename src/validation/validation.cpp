#include "muonphase/validation/validation.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <exception>
#include <limits>

#include "muonphase/core/error.hpp"

namespace muonphase {

TheoryRuns theory_runs(const SimulationProblem& problem, int trials, const Optimizer& optimizer,
                       const LearningRate& rate, const Eigen::ArrayXd& recorded, const OdeOptions& options,
                       Eigen::ArrayXXd known, const std::function<void(const Eigen::ArrayXXd&)>& keep) {
  if (options.closure == Closure::linear) {
    RiskCurve curve = ode_curve(problem.model, optimizer, rate, recorded, options);
    curve.mode_energy.resize(0, 0);
    return {curve, curve.risk.transpose()};
  }
  Eigen::ArrayXXd risk = known.rows() == trials ? std::move(known)
                                                : Eigen::ArrayXXd::Constant(trials, recorded.size(),
                                                                            std::numeric_limits<double>::quiet_NaN());
  RiskCurve mean{recorded, {}, {}, {}};
  std::exception_ptr error;
  std::size_t done = 0;
  using Clock = std::chrono::steady_clock;
  auto kept = Clock::now();
  // A given start in a given basis is that of every trial.
  const bool alike = problem.target_variance.size() == 0 && !sees_random_basis(problem.model, optimizer) &&
                     !draws_run(problem.model, optimizer, options);
  const int distinct = alike ? 1 : trials;
  OdeOptions each = options;
  each.monitor.progress = {};  // trials are counted, not what a trial is made of
#pragma omp parallel for schedule(dynamic)
  for (int trial = 0; trial < distinct; ++trial) {
    if (options.monitor.stop()) continue;
    Eigen::ArrayXd curve = risk.row(trial).transpose();
    std::exception_ptr failure;
    try {
      if (!curve.allFinite())
        curve = full_curve(problem.model, optimizer, rate, recorded, each, static_cast<std::uint64_t>(trial),
                           trial_start(problem, options.seed, static_cast<std::uint64_t>(trial)))
                    .risk;
    } catch (...) {
      failure = std::current_exception();
    }
#pragma omp critical(muonphase_theory)
    try {
      if (failure) std::rethrow_exception(failure);
      risk.row(trial) = curve.transpose();
      options.monitor.report(++done, static_cast<std::size_t>(distinct));
      if (keep && Clock::now() - kept > std::chrono::seconds(5)) {
        keep(risk);
        kept = Clock::now();
      }
    } catch (...) {
      error = std::current_exception();
    }
  }
  if (keep && options.monitor.stop()) keep(risk);
  options.monitor.check();
  if (error) std::rethrow_exception(error);
  for (int trial = distinct; trial < trials; ++trial) risk.row(trial) = risk.row(0);
  mean.risk = risk.colwise().mean().transpose();
  const double horizon = recorded(recorded.size() - 1);
  mean.learning_rate = recorded.unaryExpr([&](double t) { return rate_at(rate, t, horizon); });
  return {mean, risk};
}

}  // namespace muonphase
