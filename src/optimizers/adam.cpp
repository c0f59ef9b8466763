// Adam: a momentum average over the root mean square of the entries.
#include <cmath>

#include "optimizers/all.hpp"

namespace muonphase {
namespace {

AdamOptions adam_betas(const OptimizerOptions& options) {
  return {options.number("beta1"), options.number("beta2")};
}

}  // namespace

OptimizerDescription adam_optimizer() {
  return {.name = "adam",
          .label = "Adam",
          .color = 0x009E73,
          .doc = "Φ = m̂ / (√v̂ + ε), bias-corrected moving averages of G and G²; 0/0 is 0",
          .options = {number_option("beta1", 0.9, Interval::within_below(0, 1), "decay of the first moment"),
                      number_option("beta2", 0.999, Interval::within_below(0, 1), "decay of the second moment"),
                      number_option("eps", 1e-8, Interval::at_least(0), "added to the root of the second moment")},
          .rotation_equivariant = false,
          .scale_invariant = false,
          .update = UpdateRule([]<class S>(Step<S>& step) -> Matrix<S> {
            const Matrix<S>& g = step.gradient.matrix();
            const double beta1 = step.number("beta1"), beta2 = step.number("beta2");
            step.average(0, beta1, g);
            step.average(1, beta2, g.cwiseAbs2());
            const auto t = static_cast<double>(step.state.updates);
            const S first = S(1 / (1 - std::pow(beta1, t))), second = S(1 / (1 - std::pow(beta2, t)));
            const S eps = S(step.number("eps"));
            return step.state.averages[0].binaryExpr(step.state.averages[1], [&](S m, S v) {
              const S scale = std::sqrt(second * v) + eps;
              return scale > 0 ? first * m / scale : S(0);
            });
          }),
          .window = [](const OptimizerOptions& o) { return momentum_window(o.number("beta1")); },
          .linear = [](const OptimizerOptions& o) { return adam_linear(adam_betas(o)); },
          .full = [](const OptimizerOptions& o) { return adam_full(adam_betas(o)); },
          .full_two_sided = false,
          .linear_coverage = {"one-sided, two-sided, linear layer", "energies",
                              "ε; couplings between modes of an explicit basis dropped"},
          .full_coverage = {"one-sided", "energies, given start", "ε; generic basis: simple form"}};
}

}  // namespace muonphase
