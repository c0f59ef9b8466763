// Stochastic gradient descent.
#include "optimizers/all.hpp"

namespace muonphase {

OptimizerDescription sgd_optimizer() {
  return {.name = "sgd",
          .label = "SGD",
          .color = 0x332288,
          .full_batch_name = "gd",
          .full_batch_label = "GD",
          .doc = "Φ = G",
          .scale_invariant = false,
          .flow = Flow::gradient,
          .update = UpdateRule([](auto& step) { return step.gradient.matrix(); }),
          .linear = [](const OptimizerOptions&) { return gradient_linear(); },
          .full = [](const OptimizerOptions&) { return gradient_full(); },
          .full_linear_layer = true,
          .linear_coverage = {"one-sided, two-sided, linear layer", "energies", "leading term of the second moment"},
          .full_coverage = {"one-sided, two-sided, linear layer", "energies, given start", ""}};
}

}  // namespace muonphase
