#include "muonphase/phase/verify.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "muonphase/core/error.hpp"
#include "muonphase/core/random.hpp"
#include "muonphase/simulation/simulation.hpp"

namespace muonphase {
namespace {

constexpr int rates = 5, middle = 2;

struct Mean {
  double mean = 0, sem = 0;
};

Mean mean_of(const Eigen::ArrayXd& values) {
  const double n = static_cast<double>(values.size()), mean = values.mean();
  return {mean, std::sqrt((values - mean).square().sum() / (n - 1) / n)};
}

// ln of the ratio of two means over the same trials, with its standard error.
Mean log_ratio_of(const Eigen::ArrayXd& above, const Eigen::ArrayXd& below) {
  const Mean spread = mean_of(above / above.mean() - below / below.mean());
  return {std::log(above.mean() / below.mean()), spread.sem};
}

Phase phase_of(const std::vector<VerifiedHorizon>& horizons, double VerifiedHorizon::*ratio, double threshold) {
  Eigen::ArrayXd ratios(static_cast<Eigen::Index>(horizons.size()));
  for (Eigen::Index h = 0; h < ratios.size(); ++h) ratios(h) = horizons[static_cast<std::size_t>(h)].*ratio;
  return classify(ratios, threshold);
}

double whole(double horizon) {
  return std::round(horizon);
}

// Where each optimizer leads most, and one drawn at random.
std::vector<Eigen::Index> horizons_to_verify(const PhaseCell& cell, const Eigen::ArrayXd& horizon, std::uint64_t seed,
                                             std::size_t number) {
  const Eigen::ArrayXd ratio = cell.log_ratio();
  std::vector<Eigen::Index> allowed;
  for (Eigen::Index h = 0; h < horizon.size(); ++h)
    if (whole(horizon(h)) >= shortest_verified) allowed.push_back(h);
  const auto least = [&](Eigen::Index a, Eigen::Index b) { return ratio(a) < ratio(b); };
  const auto word = random_words({seed, number, 0, Purpose::direction}, 1).front();
  std::set<Eigen::Index> chosen = {*std::min_element(allowed.begin(), allowed.end(), least),
                                   *std::max_element(allowed.begin(), allowed.end(), least),
                                   allowed[static_cast<std::size_t>(word % allowed.size())]};
  return {chosen.begin(), chosen.end()};
}

// Final risks [trials] of a run beyond the label noise's part.
Eigen::ArrayXd last_excess(const SimulatedCurve& curve, double noise_risk) {
  return curve.risk_trials.rightCols(1) - noise_risk;
}

// Final risks [trials] of the runs of one optimizer at its rates.
TrainedRates trained_rates(const TunedCurve& tuned, Eigen::Index horizon, const SimulatedCurve* curves,
                           double noise_risk) {
  TrainedRates out;
  out.predicted_risk = tuned.risk(horizon);
  for (Eigen::ArrayXd* values : {&out.learning_rate, &out.risk, &out.risk_sem}) values->resize(rates);
  const auto last = [](const SimulatedCurve& curve) -> Eigen::ArrayXd { return curve.risk_trials.rightCols(1); };
  int best = middle;
  for (int i = 0; i < rates; ++i) {
    out.learning_rate(i) = curves[i].mean.learning_rate(0);
    const Mean risk = mean_of(last(curves[i]));
    out.risk(i) = risk.mean;
    out.risk_sem(i) = risk.sem;
    if (risk.mean < out.risk(best)) best = i;
  }
  const Mean excess = log_ratio_of(last_excess(curves[middle], noise_risk), last_excess(curves[best], noise_risk));
  out.excess = excess.mean;
  out.excess_sem = excess.sem;
  return out;
}

VerifiedHorizon verified_horizon(const PhaseOptions& options, const PhasePoint& point, const PhaseCell& cell,
                                 Eigen::Index h, const VerifyOptions& verify, const Monitor& monitor) {
  const Problem problem = phase_problem(options, point);
  const SimulationProblem simulated{.model = problem, .target_variance = problem.energy, .offset = {}};
  std::vector<OptimizerRun> runs;
  for (std::size_t k = 0; k < 2; ++k)
    for (int i = 0; i < rates; ++i)
      runs.push_back({options.compare[k].name(), options.compare[k],
                      ConstantRate{cell.tuned[k].learning_rate(h) * std::pow(2.0, 0.5 * (i - middle))}});
  const SimulationOptions simulation{.steps = static_cast<std::int64_t>(whole(options.horizon(h))),
                                     .record = 2,
                                     .trials = verify.trials,
                                     .seed = verify.seed};
  const auto curves =
      simulated_curves(runs, simulation, simulate(simulated, runs, simulation, {}, {{}, monitor.interrupted}));

  VerifiedHorizon out;
  out.horizon = whole(options.horizon(h));
  out.predicted_log_ratio = cell.log_ratio()(h);
  for (std::size_t k = 0; k < 2; ++k) out.trained[k] = trained_rates(cell.tuned[k], h, &curves[k * rates], cell.noise_risk);
  const Mean ratio = log_ratio_of(last_excess(curves[middle], cell.noise_risk),
                                  last_excess(curves[static_cast<std::size_t>(rates + middle)], cell.noise_risk));
  out.log_ratio = ratio.mean;
  out.log_ratio_sem = ratio.sem;
  return out;
}

}  // namespace

Phase VerifiedCell::predicted(double threshold) const {
  return phase_of(horizons, &VerifiedHorizon::predicted_log_ratio, threshold);
}

Phase VerifiedCell::measured(double threshold) const {
  return phase_of(horizons, &VerifiedHorizon::log_ratio, threshold);
}

bool VerifiedCell::verdict_equals(double threshold) const {
  return measured(threshold) == predicted(threshold);
}

bool VerifiedCell::verdict_holds(double threshold) const {
  std::vector<VerifiedHorizon> nearest = horizons;
  for (auto& h : nearest) {
    if (!std::isfinite(h.log_ratio)) return false;
    h.log_ratio =
        std::clamp(h.predicted_log_ratio, h.log_ratio - 2 * h.log_ratio_sem, h.log_ratio + 2 * h.log_ratio_sem);
  }
  return phase_of(nearest, &VerifiedHorizon::log_ratio, threshold) == predicted(threshold);
}

std::vector<std::size_t> cells_to_verify(const PhaseMap& map, int count, double threshold) {
  const auto columns = static_cast<std::size_t>(map.beta.size()), rows = static_cast<std::size_t>(map.alpha.size());
  const auto place = [&](std::size_t cell) -> Eigen::Array3d {
    const auto share = [](std::size_t i, std::size_t n) { return static_cast<double>(i) / static_cast<double>(n); };
    return {share(cell / columns % rows, rows), share(cell % columns, columns),
            share(cell / (columns * rows), std::max<std::size_t>(1, map.cells.size() / (columns * rows)))};
  };
  std::array<std::vector<std::size_t>, 4> left;
  for (std::size_t c = 0; c < map.cells.size(); ++c)
    left[static_cast<std::size_t>(classify(map.cells[c].log_ratio(), threshold))].push_back(c);
  std::array<std::vector<Eigen::Array3d>, 4> taken;
  const auto distance = [&](std::size_t phase, std::size_t cell) {
    double nearest = std::numeric_limits<double>::infinity();
    for (const auto& other : taken[phase]) nearest = std::min(nearest, (place(cell) - other).matrix().norm());
    return nearest;
  };
  std::vector<std::size_t> out;
  while (out.size() < std::min(static_cast<std::size_t>(count), map.cells.size()))
    for (const std::size_t phase : {3u, 2u, 1u, 0u}) {
      auto& cells = left[phase];
      if (cells.empty() || out.size() == static_cast<std::size_t>(count)) continue;
      auto chosen = cells.begin();
      if (taken[phase].empty()) {
        Eigen::Array3d center = Eigen::Array3d::Zero();
        for (const std::size_t cell : cells) center += place(cell) / static_cast<double>(cells.size());
        chosen = std::min_element(cells.begin(), cells.end(), [&](std::size_t a, std::size_t b) {
          return (place(a) - center).matrix().norm() < (place(b) - center).matrix().norm();
        });
      } else {
        chosen = std::max_element(cells.begin(), cells.end(), [&](std::size_t a, std::size_t b) {
          return distance(phase, a) < distance(phase, b);
        });
      }
      taken[phase].push_back(place(*chosen));
      out.push_back(*chosen);
      cells.erase(chosen);
    }
  return out;
}

void require_trainable(const PhaseOptions& options) {
  require_horizons(options, "phase --verify");
  const double longest = options.horizon(options.horizon.size() - 1);
  if (whole(longest) < shortest_verified)
    throw StudyError(fmt::format("phase.horizons.max = {:g}: must be at least {:g} to verify by training", longest,
                                 shortest_verified));
  for (const auto& point : phase_points(options)) {
    const Problem problem = phase_problem(options, point);
    if (problem.noise_dominated())
      throw StudyError("phase.batch_ratio = \"infinite\": must be a number to verify by training");
    if (std::max(problem.n_in(), problem.n_out()) > largest_verified)
      throw StudyError(fmt::format("phase.dimension = {:g}: n_in and n_out must be at most {:g} to verify by training",
                                   problem.n_in(), largest_verified));
  }
}

std::vector<VerifiedCell> verify_phases(const PhaseOptions& given, const PhaseMap& map, const VerifyOptions& verify,
                                        const Monitor& monitor) {
  require_trainable(given);
  PhaseOptions options = given;
  if (options.basis == Basis::generic) options.basis = Basis::haar;
  const auto points = phase_points(options);
  const auto chosen = cells_to_verify(map, verify.cells, verify.threshold);
  std::vector<VerifiedCell> out;
  for (const std::size_t c : chosen) {
    const PhaseCell& cell = map.cells[c];
    VerifiedCell verified{.point = points[c], .horizons = {}};
    for (const Eigen::Index h : horizons_to_verify(cell, map.axis, verify.seed, c))
      verified.horizons.push_back(verified_horizon(options, points[c], cell, h, verify, monitor));
    out.push_back(std::move(verified));
    monitor.report(out.size(), chosen.size());
  }
  return out;
}

}  // namespace muonphase
