#include "run/parts.hpp"

#include <algorithm>

#include <fmt/ranges.h>

#include "muonphase/optimizers/registry.hpp"
#include "muonphase/problem/basis.hpp"
#include "optimizers/no_curve.hpp"

namespace muonphase {
namespace {

// An isotropic side looks the same in every basis.
bool has_basis(const CovarianceSection& side, Basis basis) {
  return side.spectrum != SpectrumKind::isotropic && side.basis == basis;
}

LearningRate time_schedule(const Study& study, const Problem& problem, const Optimizer& optimizer,
                           const Monitor& monitor) {
  const std::string key = "run.learning_rate." + optimizer.name();
  const RunRate given = rate_of(study, problem, optimizer, monitor);
  const auto* rate = std::get_if<LearningRate>(&given);
  if (!rate) throw study_error(study, key, "one schedule for a simulation, not a list");
  if (!std::holds_alternative<GreedyRate>(*rate)) return *rate;
  if (!optimizer.has_linear())
    throw StudyError(key + ": must be given (the greedy schedule needs a deterministic curve, which it does not have)");
  const RiskCurve curve = ode_curve(problem, optimizer, *rate, recorded_steps(study.run.steps, study.run.record),
                                    ode_options(study, monitor));
  return TableRate{curve.step, curve.learning_rate};
}

}  // namespace

RunRate rate_of(const Study& study, const Problem& problem, const Optimizer& optimizer, const Monitor& monitor) {
  RunRate rate = rate_of(study.run, optimizer.name());
  const auto* floor = std::get_if<FloorRate>(&rate);
  if (!floor) return rate;
  if (!optimizer.has_linear())
    throw study_error(study, "run.learning_rate." + optimizer.name(),
                      "a rate or a schedule of time: a floor needs the linear closure, which this optimizer does not have");
  const std::vector<double> rates = floor_rates(problem, optimizer, floor->risk, ode_options(study, monitor));
  if (rates.size() == 1) return LearningRate(ConstantRate{rates.front()});
  return rates;
}

std::vector<Optimizer> deterministic_runs(const Study& study) {
  std::vector<Optimizer> runs;
  for (const auto& name : study.run.optimizers) {
    runs.push_back(make_optimizer(study, name));
    if (!runs.back().has_linear())
      throw study_error(study, "run.optimizers",
                        fmt::format("a list of {} for this command: {}", fmt::join(deterministic_optimizers(), ", "),
                                    why_no_curve(name)));
  }
  return runs;
}

void require_samples(const Study& study, const std::string& who) {
  if (study.problem.batch == infinite_batch) throw study_error(study, "problem.batch", "a whole number for " + who);
  const std::string coordinates = "\"eigen\", \"haar\" or \"hadamard\" for " + who;
  if (has_basis(study.problem.input, Basis::generic)) throw study_error(study, "problem.input.basis", coordinates);
  if (has_basis(study.problem.output, Basis::generic)) throw study_error(study, "problem.output.basis", coordinates);
}

void require_closures(const Study& study, const Problem& problem, const std::vector<Optimizer>& optimizers) {
  keyed(study, [&] {
    for (const auto& optimizer : optimizers) {
      if (!optimizer.description().rotation_equivariant) seen_bases(problem);
      if (study.ode.closure == Closure::full && problem.noise_dominated())
        throw UnsupportedError("problem.batch",
                               "a whole number for the full closure (ode.closure = \"linear\" takes it)");
      if (study.ode.closure == Closure::full && problem.linear_layer() && !optimizer.description().full_linear_layer)
        throw UnsupportedError("ode.closure", fmt::format("\"linear\" for {} where problem.model = \"linear-layer\"",
                                                          optimizer.name()));
      if (study.ode.closure == Closure::full && problem.output.nodes() != 1 && !optimizer.description().full_two_sided)
        throw UnsupportedError(
            "ode.closure", fmt::format("\"linear\" for {} where problem.output is not isotropic", optimizer.name()));
    }
  });
}

OdeOptions ode_options(const Study& study, const Monitor& monitor) {
  return {.closure = study.ode.closure,
          .accuracy = study.ode.accuracy,
          .stepper = study.ode.stepper,
          .tolerance = study.ode.tolerance,
          .bases = study.ode.bases,
          .seed = study.seed,
          .average = study.ode.average,
          .monitor = monitor};
}

std::vector<OptimizerRun> simulation_runs(const Study& study, const Problem& problem, const Observer& observer) {
  std::vector<OptimizerRun> runs;
  for (const auto& name : study.run.optimizers) {
    warn_of_greedy(study, name, observer);
    const Optimizer optimizer = make_optimizer(study, name);
    const LearningRate rate = time_schedule(study, problem, optimizer, observer.unwatched());
    runs.push_back({name, optimizer, rate});
  }
  return runs;
}

}  // namespace muonphase
