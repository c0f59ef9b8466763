#include "muonphase/validation/comparison.hpp"

#include <Eigen/Cholesky>
#include <algorithm>
#include <boost/math/distributions/fisher_f.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <limits>
#include <vector>

#include "muonphase/core/random.hpp"

namespace muonphase {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

// A trial's risk less what the theory says of that trial, the theory scaled to the same mean, over that mean [trials, T].
Eigen::ArrayXXd deviations_of(const TheoryRuns& theory, const Eigen::ArrayXXd& simulated) {
  const bool paired = theory.risk_trials.rows() == simulated.rows();
  Eigen::ArrayXXd deviation(simulated.rows(), simulated.cols());
  for (Eigen::Index t = 0; t < simulated.cols(); ++t) {
    const double mean = simulated.col(t).mean(), predicted = theory.mean.risk(t);
    const Eigen::ArrayXd expected = paired ? Eigen::ArrayXd(theory.risk_trials.col(t) * (mean / predicted))
                                           : Eigen::ArrayXd::Constant(simulated.rows(), mean);
    deviation.col(t) = (simulated.col(t) - expected) / mean;
  }
  return deviation;
}

// Largest |mean| over its standard error in samples drawn from the trials: what 19 of 20 stay below.
double simultaneous_band(const Eigen::ArrayXXd& deviation, const Eigen::ArrayXd& sem) {
  constexpr std::size_t samples = 1000;
  const auto trials = static_cast<std::size_t>(deviation.rows());
  const Eigen::ArrayXXd centred = deviation.rowwise() - deviation.colwise().mean();
  const Eigen::ArrayXd weight = (sem > 0).select(sem.inverse(), 0.0);
  const auto draws = random_words({.seed = 1, .purpose = Purpose::direction}, samples * trials);
  std::vector<double> largest(samples);
  for (std::size_t s = 0; s < samples; ++s) {
    Eigen::ArrayXd sum = Eigen::ArrayXd::Zero(deviation.cols());
    for (std::size_t i = 0; i < trials; ++i)
      sum += centred.row(static_cast<Eigen::Index>(draws[s * trials + i] % trials)).transpose();
    largest[s] = (sum / static_cast<double>(trials) * weight).abs().maxCoeff();
  }
  const auto at = static_cast<std::ptrdiff_t>(0.95 * samples);
  std::nth_element(largest.begin(), largest.begin() + at, largest.end());
  const boost::math::students_t student(static_cast<double>(trials - 1));
  constexpr double normal = 1.959964;
  return std::max(2.0, largest[static_cast<std::size_t>(at)] * boost::math::quantile(student, 0.975) / normal);
}

// Recorded steps spread evenly in ln of the risk, without the start.
std::vector<Eigen::Index> spread_steps(const Eigen::ArrayXd& log_risk, Eigen::Index count) {
  std::vector<Eigen::Index> steps;
  const double fall = log_risk(log_risk.size() - 1) - log_risk(0);
  for (Eigen::Index k = 1; k <= count; ++k) {
    const double level = log_risk(0) + fall * static_cast<double>(k) / static_cast<double>(count);
    Eigen::Index t = 1;
    while (t + 1 < log_risk.size() && (log_risk(t) - level) * fall < 0) ++t;
    if (steps.empty() || t > steps.back()) steps.push_back(t);
  }
  return steps;
}

double hotelling(const Eigen::ArrayXXd& deviation, const Eigen::ArrayXd& log_ratio, const Eigen::ArrayXd& log_risk) {
  constexpr Eigen::Index fewest = 8;
  const Eigen::Index trials = deviation.rows();
  if (trials < fewest || deviation.cols() < 2) return nan;
  const std::vector<Eigen::Index> steps = spread_steps(log_risk, trials / 4);
  const auto count = static_cast<Eigen::Index>(steps.size());
  const Eigen::MatrixXd chosen = deviation(Eigen::all, steps).matrix();
  const Eigen::MatrixXd centred = chosen.rowwise() - chosen.colwise().mean();
  const Eigen::MatrixXd covariance = centred.transpose() * centred / static_cast<double>(trials - 1);
  const Eigen::VectorXd mean = log_ratio(steps).matrix();
  const Eigen::LDLT<Eigen::MatrixXd> factors(covariance);
  if (factors.info() != Eigen::Success || !(factors.vectorD().minCoeff() > 0)) return nan;
  const double n = static_cast<double>(trials), m = static_cast<double>(count);
  const double statistic = n * mean.dot(factors.solve(mean)) * (n - m) / (m * (n - 1));
  if (!std::isfinite(statistic)) return nan;
  return boost::math::cdf(boost::math::complement(boost::math::fisher_f(m, n - m), statistic));
}

// The first step, between recorded ones, at which a falling curve is down to a level; NaN where it is not.
double first_time(const Eigen::ArrayXd& step, const Eigen::ArrayXd& log_risk, double level) {
  for (Eigen::Index t = 1; t < step.size(); ++t) {
    if (!(log_risk(t) <= level)) continue;
    return std::lerp(step(t - 1), step(t), (log_risk(t - 1) - level) / (log_risk(t - 1) - log_risk(t)));
  }
  return nan;
}

void compare_times(const Eigen::ArrayXd& step, const Eigen::ArrayXd& theory, const Eigen::ArrayXd& measured,
                   Comparison& result) {
  const double start = measured(0), least = measured.minCoeff();
  double lowest = start;
  result.time_error = result.relative = nan;
  for (Eigen::Index t = 1; t < measured.size(); ++t) {
    if (measured(t) < 0.9 * start)
      result.relative = std::fmax(result.relative, std::abs(result.excess_log_ratio(t) / std::log(measured(t) / start)));
    if (!(measured(t) < lowest)) continue;
    lowest = measured(t);
    if (measured(t) > 0.9 * start || measured(t) < 1.02 * least) continue;
    const double time = first_time(step, theory.log(), std::log(measured(t)));
    const double last = step(step.size() - 1);  // where theory does not get there the run is too short to tell how late
    const double error = std::abs(std::log((std::isfinite(time) ? time : last) / step(t)));
    result.time_error = std::isnan(result.time_error) ? error : std::max(result.time_error, error);
  }
}

}  // namespace

Comparison compare(const TheoryRuns& theory, const Eigen::ArrayXXd& simulated, double noise_risk) {
  const Eigen::Index trials = simulated.rows(), steps = simulated.cols();
  const Eigen::ArrayXd mean = simulated.colwise().mean().transpose();
  const Eigen::ArrayXXd deviation = deviations_of(theory, simulated);
  Comparison result{.log_ratio = (theory.mean.risk / mean).log(),
                    .sem = (deviation.square().colwise().sum().transpose() /
                            static_cast<double>((trials - 1) * trials)).sqrt(),
                    .excess_log_ratio = ((theory.mean.risk - noise_risk) / (mean - noise_risk)).log()};
  std::vector<double> sizes;
  for (Eigen::Index t = 0; t < steps; ++t) {
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
  if (!mean.allFinite()) {
    result.beyond_band = std::numeric_limits<double>::infinity();
    result.band = result.p_value = result.time_error = result.relative = nan;
    return result;
  }
  result.band = simultaneous_band(deviation, result.sem);
  result.beyond_band = std::max(0.0, (result.log_ratio.abs() - result.band * result.sem).maxCoeff());
  result.p_value = hotelling(deviation, result.log_ratio, mean.log());
  if (theory.mean.step.size() == steps)
    compare_times(theory.mean.step, theory.mean.risk - noise_risk, mean - noise_risk, result);
  return result;
}

}  // namespace muonphase
