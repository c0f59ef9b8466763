// The gradient itself, or its average.
#include "muonphase/closures/full/full_sgd.hpp"
#include "muonphase/dynamics/systems/layer_gradient.hpp"
#include "optimizers/pairing.hpp"

namespace muonphase {
namespace {

FullDynamics rows_dynamics(const FullProblem& full, const Window& window) {
  if (!window.one_step())
    throw UnsupportedError("ode.average", "\"gaussian\" for a momentum of sgd");
  return [problem = full.problem, start = full.start, decay = full.weight_decay,
          rows = some_rows(*full.problem.data, most_rows(full))](
             const LearningRate& schedule, const Eigen::ArrayXd& recorded, const QuasilinearOptions&,
             const Monitor& monitor) {
    return integrate_layer_gradient(problem, start, rows, decay, monitor, schedule, recorded);
  };
}

}  // namespace

LinearClosure gradient_linear(const Window& window) {
  return [window](const Problem& problem, const LinearOptions&) {
    Coefficients coefficients = sgd_coefficients(problem);
    coefficients.memory = free_memory(window);
    return std::vector{coefficients};
  };
}

FullClosure gradient_full(const Window& window) {
  return [window](const FullProblem& full) {
    require_finite_batch(full.problem);
    if (full.of_rows()) return rows_dynamics(full, window);
    return from_energies(full, FullSgd(full.problem), free_memory(window));
  };
}

}  // namespace muonphase
