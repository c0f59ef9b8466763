// The polar factor of the gradient: Muon's idealisation.
#include "optimizers/all.hpp"

namespace muonphase {

OptimizerDescription signsvd_optimizer() {
  return {.name = "signsvd",
          .label = "SignSVD",
          .color = 0x0072B2,
          .full_batch_name = "specgd",
          .full_batch_label = "SpecGD",
          .doc = "Φ = U Vᵀ, the polar factor of G = U S Vᵀ",
          .flow = Flow::spectral,
          .drift_power = 0.5,
          .update = UpdateRule([](auto& step) { return step.gradient.polar(step.polar, step.threads); }),
          .linear = [](const OptimizerOptions&) { return spectral_linear({}); },
          .full = [](const OptimizerOptions&) { return spectral_full({}); },
          .full_linear_layer = true,
          .linear_coverage = {"one-sided, two-sided, linear layer", "energies", ""},
          .full_coverage = {"one-sided, two-sided, linear layer", "energies, given start", ""}};
}

}  // namespace muonphase
