// Normalised momentum descent.
#include "optimizers/all.hpp"

namespace muonphase {

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
      .window = [](const OptimizerOptions& o) { return momentum_window(o.number("momentum"), o.flag("nesterov")); }};
}

}  // namespace muonphase
