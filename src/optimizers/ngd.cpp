// Normalised gradient descent.
#include "optimizers/all.hpp"

namespace muonphase {

OptimizerDescription ngd_optimizer() {
  return {.name = "ngd",
          .label = "NGD",
          .color = 0xE69F00,
          .doc = "Φ = G / ‖G‖_F",
          .flow = Flow::normalised,
          .update = UpdateRule([](auto& step) { return normalised(step.gradient.matrix()); }),
          .linear = [](const OptimizerOptions&) { return normalised_linear({}); },
          .full = [](const OptimizerOptions&) { return normalised_full({}); },
          .linear_layer = false,
          .linear_coverage = {"one-sided, two-sided", "energies", "fluctuations of the norm"},
          .full_coverage = {"one-sided, two-sided", "energies, given start (its energies)", "fluctuations of the norm"}};
}

}  // namespace muonphase
