// The sign of an interpolation between a moving average and the gradient.
#include "optimizers/all.hpp"

namespace muonphase {
namespace {

Window lion_window(const OptimizerOptions& options) {
  return interpolated_window(options.number("beta1"), options.number("beta2"));
}

}  // namespace

OptimizerDescription lion_optimizer() {
  return {.name = "lion",
          .label = "Lion",
          .color = 0x7A4A21,
          .doc = "Φ = sign(β1 m + (1 − β1) G), entry by entry, m a moving average of earlier gradients with β2",
          .options = {number_option("beta1", 0.9, Interval::within_below(0, 1), "weight of the average in the update"),
                      number_option("beta2", 0.99, {.min = 0, .max = 1, .min_open = true, .max_open = true},
                                    "decay of the average")},
          .rotation_equivariant = false,
          .update = UpdateRule([]<class S>(Step<S>& step) -> Matrix<S> {
            const Matrix<S>& g = step.gradient.matrix();
            const double beta1 = step.number("beta1");
            Matrix<S> m = S(1 - beta1) * g;
            if (!step.state.averages.empty()) m += S(beta1) * step.state.averages[0];
            step.average(0, step.number("beta2"), g);
            return entry_signs(m);
          }),
          .window = lion_window,
          .linear = [](const OptimizerOptions& o) { return sign_linear(lion_window(o)); },
          .full = [](const OptimizerOptions& o) { return sign_full(lion_window(o)); },
          .linear_coverage = {"one-sided, two-sided, linear layer", "energies", "correlations of updates by those of the average"},
          .full_coverage = {"one-sided, two-sided", "energies, given start (second moment)",
                            "entries Gaussian; single samples do not saturate them"}};
}

}  // namespace muonphase
