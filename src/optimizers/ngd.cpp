// Normalised gradient descent.
#include "optimizers/all.hpp"

namespace muonphase {

OptimizerDescription ngd_optimizer() {
  return {.name = "ngd",
          .label = "NGD",
          .color = 0xE69F00,
          .doc = "Φ = G / ‖G‖_F",
          .flow = Flow::normalised,
          .update = UpdateRule([](auto& step) { return normalised(step.gradient.matrix()); })};
}

}  // namespace muonphase
