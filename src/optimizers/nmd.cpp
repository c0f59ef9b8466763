// Normalised momentum descent.
#include "optimizers/all.hpp"

namespace muonphase {
namespace {

Window nmd_window(const OptimizerOptions& options) {
  return momentum_window(options.number("momentum"), options.flag("nesterov"));
}

}  // namespace

OptimizerDescription nmd_optimizer() {
  return {
      .name = "nmd",
      .label = "NMD",
      .color = 0x999933,
      .doc = "Φ = M / ‖M‖_F of a momentum average M",
      .options = {number_option("momentum", 0.9, Interval::within_below(0, 1), "momentum μ"),
                  flag_option("nesterov", false, "Nesterov momentum")},
      .flow = Flow::normalised,
      .update = UpdateRule(
          [](auto& step) { return normalised(step.momentum(step.number("momentum"), step.flag("nesterov"))); }),
      .window = nmd_window,
      .linear = [](const OptimizerOptions& o) { return normalised_linear(nmd_window(o)); },
      .full = [](const OptimizerOptions& o) { return normalised_full(nmd_window(o)); },
      .linear_layer = false,
          .linear_coverage = {"one-sided, two-sided", "energies", "fluctuations of the norm"},
      .full_coverage = {"one-sided, two-sided", "energies, given start (its energies)", "fluctuations of the norm"}};
}

}  // namespace muonphase
