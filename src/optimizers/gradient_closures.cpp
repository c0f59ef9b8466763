// The gradient itself, or its average.
#include "muonphase/closures/full/full_sgd.hpp"
#include "optimizers/pairing.hpp"

namespace muonphase {

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
    return from_energies(full, FullSgd(full.problem), free_memory(window));
  };
}

}  // namespace muonphase
