#include "muonphase/simulation/validation.hpp"

#include <algorithm>
#include <cmath>
#include <exception>
#include <limits>

#include "muonphase/dynamics/full_ode.hpp"
#include "muonphase/error.hpp"

namespace muonphase {

TheoryRuns theory_runs(const Problem& problem, const Eigen::ArrayXXd& starts, const std::string& optimizer,
                       const LearningRate& rate, const Eigen::ArrayXd& recorded, const OdeOptions& options) {
  if (options.closure == Closure::linear || problem.output.nodes() != 1) {
    const RiskCurve curve = ode_curve(problem, optimizer, rate, recorded, options);
    return {curve, curve.risk.transpose()};
  }
  std::vector<RiskCurve> curves(static_cast<std::size_t>(starts.rows()));
  std::exception_ptr error;
  std::size_t done = 0;
#pragma omp parallel for schedule(dynamic)
  for (std::size_t trial = 0; trial < curves.size(); ++trial) {
    if (options.monitor.stop()) continue;
    try {
      Problem own = problem;
      own.energy = starts.row(static_cast<Eigen::Index>(trial)) / problem.n_out();
      curves[trial] = full_curve(own, optimizer, rate, recorded, trial, full_options(options));
    } catch (...) {
#pragma omp critical(muonphase_theory_failure)
      error = std::current_exception();
    }
#pragma omp critical(muonphase_theory_progress)
    options.monitor.report(++done, curves.size());
  }
  options.monitor.check();
  if (error) std::rethrow_exception(error);
  TheoryRuns runs{mean_curve(curves), Eigen::ArrayXXd(starts.rows(), recorded.size())};
  for (std::size_t trial = 0; trial < curves.size(); ++trial)
    runs.risk_trials.row(static_cast<Eigen::Index>(trial)) = curves[trial].risk.transpose();
  return runs;
}

Comparison compare(const TheoryRuns& theory, const Eigen::ArrayXXd& simulated) {
  const Eigen::Index trials = simulated.rows(), steps = simulated.cols();
  const bool paired = theory.risk_trials.rows() == trials;
  Comparison result{Eigen::ArrayXd(steps), Eigen::ArrayXd(steps)};
  std::vector<double> sizes;
  for (Eigen::Index t = 0; t < steps; ++t) {
    const Eigen::ArrayXd measured = simulated.col(t);
    const double mean = measured.mean(), predicted = theory.mean.risk(t);
    result.log_ratio(t) = std::log(predicted / mean);
    // Spread of a trial's risk about what the theory says of that trial, the theory scaled to the same mean.
    const Eigen::ArrayXd expected = paired ? Eigen::ArrayXd(theory.risk_trials.col(t) * (mean / predicted))
                                           : Eigen::ArrayXd::Constant(trials, mean);
    const double variance = (measured - expected).square().sum() / static_cast<double>(trials - 1);
    result.sem(t) = std::sqrt(variance / static_cast<double>(trials)) / mean;
    const double size = std::abs(result.log_ratio(t));
    if (!std::isfinite(size)) {
      result.excess = result.worst = std::numeric_limits<double>::infinity();
      continue;
    }
    sizes.push_back(size);
    result.worst = std::max(result.worst, size);
    result.excess = std::max(result.excess, size - 2 * result.sem(t));
  }
  if (!sizes.empty()) {
    std::nth_element(sizes.begin(), sizes.begin() + static_cast<std::ptrdiff_t>(sizes.size() / 2), sizes.end());
    result.median = sizes[sizes.size() / 2];
  }
  return result;
}

}  // namespace muonphase
