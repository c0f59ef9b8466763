// Stochastic gradient descent.
#include "optimizers/all.hpp"

namespace muonphase {
namespace {

Window sgd_window(const OptimizerOptions& options) {
  return momentum_window(options.number("momentum"), options.flag("nesterov"));
}

}  // namespace

OptimizerDescription sgd_optimizer() {
  return {.name = "sgd",
          .label = "SGD",
          .color = 0x332288,
          .full_batch_name = "gd",
          .full_batch_label = "GD",
          .doc = "Φ = G, or with momentum an average M of gradients",
          .options = {number_option("momentum", 0, Interval::within_below(0, 1), "momentum μ"),
                      flag_option("nesterov", false, "Nesterov momentum")},
          .scale_invariant = false,
          .flow = Flow::gradient,
          .update = UpdateRule([](auto& step) { return step.momentum(step.number("momentum"), step.flag("nesterov")); }),
          .window = sgd_window,
          .linear = [](const OptimizerOptions& o) { return gradient_linear(sgd_window(o)); },
          .full = [](const OptimizerOptions& o) { return gradient_full(sgd_window(o)); },
          .full_linear_layer = true,
          .linear_coverage = {"one-sided, two-sided, linear layer", "energies", "leading term of the second moment"},
          .full_coverage = {"one-sided, two-sided, linear layer", "energies, given start", ""}};
}

}  // namespace muonphase
