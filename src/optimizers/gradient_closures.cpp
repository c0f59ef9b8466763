// The gradient itself.
#include "muonphase/closures/full/full_sgd.hpp"
#include "optimizers/pairing.hpp"

namespace muonphase {

LinearClosure gradient_linear() {
  return [](const Problem& problem, const LinearOptions&) { return std::vector{sgd_coefficients(problem)}; };
}

FullClosure gradient_full() {
  return [](const FullProblem& full) {
    require_finite_batch(full.problem);
    return from_energies(full.problem, FullSgd(full.problem));
  };
}

}  // namespace muonphase
