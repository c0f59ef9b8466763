// The sign of every entry of the gradient.
#include "optimizers/all.hpp"

namespace muonphase {

OptimizerDescription signsgd_optimizer() {
  return {
      .name = "signsgd",
      .label = "SignSGD",
      .color = 0xD55E00,
      .full_batch_name = "signgd",
      .full_batch_label = "SignGD",
      .doc = "Φ = sign(G), entry by entry",
      .rotation_equivariant = false,
      .drift_power = 1,
      .update = UpdateRule([](auto& step) { return entry_signs(step.gradient.matrix()); }),
      .linear = [](const OptimizerOptions&) { return sign_linear({}); },
      .full = [](const OptimizerOptions&) { return sign_full({}); },
      .full_linear_layer = true,
      .linear_coverage = {"one-sided, two-sided, linear layer", "energies",
                          "couplings between modes of an explicit basis dropped"},
      .full_coverage = {"one-sided, two-sided, linear layer", "energies, given start", "generic basis: simple form"}};
}

}  // namespace muonphase
