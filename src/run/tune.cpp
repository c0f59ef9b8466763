#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "run/parts.hpp"

namespace muonphase {
namespace {

Study at_batch(Study study, double batch) {
  study.problem.batch = batch;
  return study;
}

double largest_cost(const TuneOptions& options, const std::vector<Optimizer>& optimizers, const Problem& problem) {
  const double batch = options.batch(options.batch.size() - 1);
  if (options.budget == Budget::steps) return 1;
  if (options.budget == Budget::samples) return batch;
  double cost = 0;
  for (const auto& optimizer : optimizers)
    cost = std::max(cost, step_flops(optimizer, batch, problem.n_out(), problem.n_in()));
  return cost;
}

// From ten steps at the largest batch, or a thousandth of the run, to the whole.
Eigen::ArrayXd horizons_of(const Study& study, double cost) {
  const double last = study.run.steps, first = std::min(last, std::max(10.0, last / 1000));
  if (study.tune.horizons == 1) return Eigen::ArrayXd::Constant(1, last * cost);
  return cost * Eigen::ArrayXd::LinSpaced(study.tune.horizons, std::log(first), std::log(last)).exp();
}

// A tenth, a hundredth, … of the start's excess risk.
std::vector<double> targets_of(const Study& study, const Problem& problem) {
  if (!study.tune.targets.empty()) return study.tune.targets;
  const double noise = 0.5 * problem.noise_variance();
  const double excess = population_risk(problem, problem.energy) - noise;
  std::vector<double> targets;
  for (const double part : {0.1, 0.01, 0.001}) targets.push_back(noise + part * excess);
  return targets;
}

const char* unit_of(Budget budget) {
  if (budget == Budget::steps) return "steps";
  return budget == Budget::samples ? "samples" : "flops";
}

// "signsgd, from 210 steps signsvd"
std::string leaders(const TuneResult& result, const Eigen::ArrayXXi& best, Eigen::Index b) {
  std::string text;
  int now = -1;
  for (Eigen::Index h = 0; h < best.cols(); ++h) {
    if (best(b, h) < 0 || best(b, h) == now) continue;
    const std::string& name = result.tuned[static_cast<std::size_t>(best(b, h))].optimizer;
    text += now < 0 ? name
                    : fmt::format(", from {:.3g} {} {}", result.options.horizon(h), unit_of(result.options.budget), name);
    now = best(b, h);
  }
  return text.empty() ? "none" : text;
}

// Of optimizers that have no risk at a batch, as closures at batches of a few samples may have none.
void warn_of_none(const TuneResult& result, const Observer& observer) {
  const auto has_risk = [](const TunedOptimizer& one) { return one.risk.isFinite().any(); };
  if (std::none_of(result.tuned.begin(), result.tuned.end(), has_risk))
    throw NoResultError("tune.batches: at none of them has an optimizer a risk in the full closure (simulate trains)");
  for (const auto& one : result.tuned)
    for (Eigen::Index b = 0; b < one.risk.rows(); ++b)
      if ((one.steps.row(b) >= 1).any() && !one.risk.row(b).isFinite().any())
        warn(observer, "{} at batch {:g}: the full closure has no risk at any constant learning rate; it is left out",
             one.optimizer, result.options.batch(b));
}

}  // namespace

std::pair<std::size_t, Eigen::Index> TuneResult::best() const {
  std::pair<std::size_t, Eigen::Index> best{0, 0};
  double least = std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < tuned.size(); ++i)
    for (Eigen::Index b = 0; b < options.batch.size(); ++b)
      if (const double risk = tuned[i].risk(b, options.horizon.size() - 1); risk < least) {
        least = risk;
        best = {i, b};
      }
  return best;
}

std::string TuneResult::brief() const {
  const Eigen::Index last = options.horizon.size() - 1;
  std::string text = fmt::format("risk (learning rate) at {:.6g} {}\n{:<16}", options.horizon(last),
                                 unit_of(options.budget), "");
  for (const double batch : options.batch) text += fmt::format("{:<22}", fmt::format("B = {:g}", batch));
  for (const auto& one : tuned) {
    text += fmt::format("\n{:<16}", one.optimizer);
    for (Eigen::Index b = 0; b < options.batch.size(); ++b)
      text += fmt::format("{:<22}", std::isfinite(one.risk(b, last))
                                        ? fmt::format("{:.4g} ({:.3g})", one.risk(b, last), one.learning_rate(b, last))
                                        : one.steps(b, last) < 1 ? "less than one step" : "none");
  }
  const auto [i, b] = best();
  const TunedOptimizer& winner = tuned[i];
  const double eta = winner.learning_rate(b, last);
  text += fmt::format("\nbest: {} at B = {:g}, η = {:.4g}, {:.6g} steps: risk {:.5g} (rates above {:.4g} diverge)\n",
                      winner.optimizer, options.batch(b), eta, winner.steps(b, last), winner.risk(b, last),
                      winner.edge(b));
  if (!options.weight_decays.empty())
    text += fmt::format("  with weight decay {:g}\n", winner.weight_decay(b, last));
  for (const auto& [name, factor] : conventions[i]) text += fmt::format("  as {}: lr = {:.4g}\n", name, factor * eta);
  const Eigen::ArrayXXi leads = best_of(tuned);
  for (Eigen::Index k = 0; k < options.batch.size() && tuned.size() > 1; ++k)
    text += fmt::format("B = {:<6g} leads: {}\n", options.batch(k), leaders(*this, leads, k));
  for (std::size_t t = 0; t < options.targets.size(); ++t) {
    double least = std::numeric_limits<double>::infinity();
    std::string line = "is not reached";
    for (const auto& one : tuned)
      for (Eigen::Index k = 0; k < options.batch.size(); ++k)
        if (const double time = one.time(k, static_cast<Eigen::Index>(t)); time < least) {
          least = time;
          line = fmt::format("first after {:.4g} {}: {} at B = {:g}", time, unit_of(options.budget), one.optimizer,
                             options.batch(k));
        }
    text += fmt::format("risk {:.4g} {}\n", options.targets[t], line);
  }
  return text;
}

TuneResult tune_result(const Study& study, const Provenance& provenance, const Observer& observer) {
  const Stopwatch all;
  warn_unread(study, "tune", observer);
  const std::vector<Optimizer> optimizers = deterministic_runs(study);
  std::vector<double> batches = study.tune.batches;
  std::sort(batches.begin(), batches.end());
  TuneResult result;
  static_cast<ResultBase&>(result) = {study, provenance};
  TuneOptions& options = result.options;
  options.batch = Eigen::Map<const Eigen::ArrayXd>(batches.data(), static_cast<Eigen::Index>(batches.size()));
  options.budget = study.tune.budget;
  const Study largest = at_batch(study, batches.back());
  const Problem problem = make_problem(largest);
  warn_of_problem(study, observer);
  require_closures(largest, problem, optimizers);
  warn_outside_range(largest, problem, observer);
  options.horizon = horizons_of(study, largest_cost(options, optimizers, problem));
  options.targets = targets_of(study, problem);
  options.weight_decays = study.tune.weight_decays;
  options.ode = ode_options(study, observer.stage("tune", "optimizers × batches"));
  options.ode.bases = study.tune.bases;
  options.ode.accuracy = Accuracy::fast;
  result.tuned = keyed(study, [&] {
    return tune(
        [&](double batch) {
          Problem at = problem;
          at.batch = batch;
          return at;
        },
        optimizers, options);
  });
  warn_of_none(result, observer);
  for (const auto& optimizer : optimizers)
    result.conventions.push_back(rate_conventions(optimizer, problem.n_out(), problem.n_in()));
  result.seconds = all.seconds();
  return result;
}

}  // namespace muonphase
