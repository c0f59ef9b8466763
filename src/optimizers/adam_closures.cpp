// Adam: which equations for which bases.
#include <fmt/format.h>

#include "muonphase/closures/full/full_adam.hpp"
#include "muonphase/closures/linear/resolvent.hpp"
#include "muonphase/dynamics/systems/adam.hpp"
#include "optimizers/bases.hpp"
#include "optimizers/pairing.hpp"

namespace muonphase {
namespace {

void require_variance(const AdamOptions& adam) {
  if (adam.beta1 > 0 && !(adam.beta1 * adam.beta1 < adam.beta2))
    throw UnsupportedError("run.optimizer.adam.beta2",
                           fmt::format("above beta1² = {:g} for a deterministic curve: updates have no variance else",
                                       adam.beta1 * adam.beta1));
}

// The sign of every entry.
bool is_sign(const AdamOptions& adam) {
  return adam.beta1 == 0 && adam.beta2 == 0;
}

Memory memory_of(const AdamOptions& adam, const AdamLaw& law) {
  return {momentum_window(adam.beta1), momentum_window(adam.beta2), Memory::Size::corrected, law.startup()};
}

std::vector<Coefficients> coefficients_of(const Problem& problem, const AdamLaw& law, const LinearOptions& options) {
  const SeenBases seen = seen_bases(problem);
  if (seen.flat) return {adam_generic_coefficients(problem, law)};
  return coefficients_by_basis(problem, seen, options,
                               [&](const Eigen::MatrixXd& output, const Eigen::MatrixXd& input) {
                                 return adam_coefficients(problem, law, output, input);
                               });
}

FullDynamics entry_dynamics(const FullProblem& full, const AdamOptions& adam) {
  const Problem& problem = full.problem;
  if (problem.output.nodes() != 1)
    throw UnsupportedError("ode.closure", "\"linear\" for adam where problem.output is not isotropic");
  const SeenBases seen = seen_bases(problem);
  Eigen::MatrixXd basis;
  if (seen.input != Basis::eigen) basis = draw_bases(problem, seen, full.seed, full.draw, full.monitor).input;
  const EntryStart start = full.given()
                               ? given_entries(problem, full.start)
                               : entries_from_energies(problem, basis.size() == 0, full.seed, full.draw);
  return [problem, start, basis, step = AdamStep{adam.beta1, adam.beta2, full.weight_decay}](
             const LearningRate& schedule, const Eigen::ArrayXd& recorded, const QuasilinearOptions&,
             const Monitor& monitor) {
    return integrate_adam(problem, start, basis, step, schedule, recorded, monitor);
  };
}

}  // namespace

LinearClosure adam_linear(const AdamOptions& adam) {
  if (is_sign(adam)) return sign_linear({});
  return [adam](const Problem& problem, const LinearOptions& options) {
    require_variance(adam);
    const AdamLaw law(adam.beta1, adam.beta2, problem.batch, residual_of(problem));
    std::vector<Coefficients> sets = coefficients_of(problem, law, options);
    if (!problem.noise_dominated()) {
      const Memory memory = memory_of(adam, law);
      for (auto& set : sets) set.memory = memory;
    }
    return sets;
  };
}

FullClosure adam_full(const AdamOptions& adam) {
  if (is_sign(adam)) return sign_full({});
  return [adam](const FullProblem& full) {
    require_variance(adam);
    require_finite_batch(full.problem);
    if (!seen_bases(full.problem).flat) return entry_dynamics(full, adam);
    const AdamLaw law(adam.beta1, adam.beta2, full.problem.batch);
    return from_energies(full, FullAdamGeneric(full.problem, law), memory_of(adam, law));
  };
}

}  // namespace muonphase
