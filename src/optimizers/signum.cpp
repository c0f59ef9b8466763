// The sign of every entry of a momentum average.
#include "optimizers/all.hpp"

namespace muonphase {
namespace {

Window signum_window(const OptimizerOptions& options) {
  return momentum_window(options.number("momentum"), options.flag("nesterov"));
}

}  // namespace

OptimizerDescription signum_optimizer() {
  return {.name = "signum",
          .label = "Signum",
          .color = 0x882255,
          .doc = "Φ = sign(M), entry by entry, of a momentum average M",
          .options = {number_option("momentum", 0.9, Interval::within_below(0, 1), "momentum μ"),
                      flag_option("nesterov", false, "Nesterov momentum")},
          .rotation_equivariant = false,
          .update = UpdateRule(
              [](auto& step) { return entry_signs(step.momentum(step.number("momentum"), step.flag("nesterov"))); }),
          .window = signum_window,
          .linear = [](const OptimizerOptions& o) { return sign_linear(signum_window(o)); },
          .full = [](const OptimizerOptions& o) { return sign_full(signum_window(o)); },
          .linear_coverage = {"one-sided, two-sided, linear layer", "energies", "correlations of updates by those of the average"},
          .full_coverage = {"one-sided, two-sided", "energies, given start (second moment)",
                            "entries Gaussian; single samples do not saturate them"}};
}

}  // namespace muonphase
