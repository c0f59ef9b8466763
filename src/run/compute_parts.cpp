#include "run/compute_parts.hpp"

#include <algorithm>

#include "muonphase/closures/linear/linear_coefficients.hpp"

namespace muonphase {
namespace {

bool is_deterministic(const std::string& optimizer) {
  const auto& known = linear_optimizers();
  return std::find(known.begin(), known.end(), optimizer) != known.end();
}

// An isotropic side looks the same in every basis.
bool has_basis(const CovarianceSection& side, Basis basis) {
  return side.spectrum != SpectrumKind::isotropic && side.basis == basis;
}

LearningRate time_schedule(const Study& study, const Problem& problem, const std::string& optimizer,
                           const Monitor& monitor) {
  const RunRate given = rate_of(study.run, optimizer);
  const auto* rate = std::get_if<LearningRate>(&given);
  if (!rate) throw study_error(study, "run.learning_rate." + optimizer, "one schedule for a simulation, not a list");
  if (!std::holds_alternative<GreedyRate>(*rate)) return *rate;
  if (!is_deterministic(optimizer))
    throw StudyError("run.learning_rate." + optimizer + ": must be given (the greedy schedule needs a deterministic " +
                     "curve, which it does not have)");
  const RiskCurve curve = ode_curve(problem, optimizer, *rate, recorded_steps(study.run.steps, study.run.record),
                                    ode_options(study, monitor));
  return TableRate{curve.step, curve.learning_rate};
}

}  // namespace

void require_deterministic(const Study& study) {
  for (const auto& optimizer : study.run.optimizers)
    if (!is_deterministic(optimizer))
      throw study_error(study, "run.optimizers",
                        fmt::format("a list of {} for this command", fmt::join(linear_optimizers(), ", ")));
}

void require_samples(const Study& study, const std::string& who) {
  if (study.problem.batch == infinite_batch) throw study_error(study, "problem.batch", "a whole number for " + who);
  const std::string coordinates = "\"eigen\", \"haar\" or \"hadamard\" for " + who;
  if (has_basis(study.problem.input, Basis::generic)) throw study_error(study, "problem.input.basis", coordinates);
  if (has_basis(study.problem.output, Basis::generic)) throw study_error(study, "problem.output.basis", coordinates);
}

void require_closure(const Study& study) {
  const CovarianceSection &input = study.problem.input, &output = study.problem.output;
  if (study.ode.closure == Closure::full && study.problem.batch == infinite_batch)
    throw study_error(study, "problem.batch",
                      "a whole number for the full closure (ode.closure = \"linear\" takes it)");
  const auto& names = study.run.optimizers;
  if (study.ode.closure == Closure::full && output.spectrum != SpectrumKind::isotropic &&
      std::find(names.begin(), names.end(), "muon") != names.end())
    throw study_error(study, "ode.closure", "\"linear\" for muon where problem.output is not isotropic");
  const bool both = input.spectrum != SpectrumKind::isotropic && output.spectrum != SpectrumKind::isotropic;
  const bool generic_input = has_basis(input, Basis::generic), generic_output = has_basis(output, Basis::generic);
  if (both && generic_input != generic_output && std::find(names.begin(), names.end(), "signsgd") != names.end())
    throw study_error(study, generic_input ? "problem.input.basis" : "problem.output.basis",
                      "an explicit basis, or \"generic\" on both sides");
}

OdeOptions ode_options(const Study& study, const Monitor& monitor) {
  return {.closure = study.ode.closure,
          .accuracy = study.ode.accuracy,
          .stepper = study.ode.stepper,
          .tolerance = study.ode.tolerance,
          .bases = study.ode.bases,
          .seed = study.seed,
          .rules = optimizer_rules(study, study.run.optimizers),
          .monitor = monitor};
}

OptimizerRules optimizer_rules(const Study& study, std::span<const std::string> optimizers) {
  const OptimizerSections& given = study.run.optimizer;
  OptimizerRules rules{.muon = {.momentum = {given.muon.momentum, given.muon.nesterov}},
                       .signum = {given.signum.momentum, given.signum.nesterov}};
  const bool used = std::find(optimizers.begin(), optimizers.end(), "muon") != optimizers.end();
  if (used && given.muon.orthogonalization != "exact") {
    const auto& c = given.muon.coefficients;
    rules.muon.map = spectral_poles(newton_schulz_map(given.muon.steps, {c.at(0), c.at(1), c.at(2)}));
  }
  return rules;
}

std::vector<OptimizerRun> simulation_runs(const Study& study, const Problem& problem, const Observer& observer) {
  std::vector<OptimizerRun> runs;
  for (const auto& name : study.run.optimizers) {
    warn_of_greedy(study, name, observer);
    runs.push_back({name, make_optimizer(study, name), time_schedule(study, problem, name, observer.unwatched())});
  }
  return runs;
}

void warn_of_greedy(const Study& study, const std::string& optimizer, const Observer& observer) {
  if (!study.run.learning_rate.contains(optimizer))
    warn(observer, "run.learning_rate.{0} is not given: {0} takes the greedy schedule", optimizer);
}

}  // namespace muonphase
