// A power of the singular values: between SignSVD at 0 and normalised gradient descent at 1.
#include <cmath>
#include <functional>
#include <optional>

#include "optimizers/all.hpp"

namespace muonphase {
namespace {

Window power_window(const OptimizerOptions& options) {
  return momentum_window(options.number("momentum"), options.flag("nesterov"));
}

std::optional<SpectralMap> power_map_of(const OptimizerOptions& options) {
  if (options.number("power") == 0) return std::nullopt;
  return power_map(options.number("power"), options.number("damping"));
}

// h of a training run: powers above 0 exactly, without what the closures' poles ask of a map near 0.
std::function<double(double)> exact_power(const OptimizerOptions& options) {
  const double power = options.number("power");
  if (power > 0) return [power](double x) { return std::pow(x, power); };
  return power_map(power, options.number("damping")).value;
}

}  // namespace

OptimizerDescription spectral_power_optimizer() {
  return {
      .name = "spectral-power",
      .label = "Spectral power",
      .color = 0x8822EE,
      .doc =
          "Φ = U h(S/‖M‖_F) Vᵀ of a momentum average M = U S Vᵀ, h(x) = x^p; for p < 0 damped, h(x) = x (x² + "
          "damping²)^((p−1)/2)",
      .options = {number_option("power", 0.5, Interval::within(-1, 1), "p: 0 is SignSVD, 1 the normalised gradient"),
                  number_option("damping", 0.01, {.min = 0, .max = 1, .min_open = true},
                                "of p < 0: singular values below damping · ‖M‖_F are not raised; p ≥ 0 is exact"),
                  number_option("momentum", 0, Interval::within_below(0, 1), "momentum μ"),
                  flag_option("nesterov", false, "Nesterov momentum")},
      .update = UpdateRule([]<class S>(Step<S>& step) -> Matrix<S> {
        const double mu = step.number("momentum"), power = step.number("power");
        const Matrix<S> m = step.momentum(mu, step.flag("nesterov"));
        if (power == 1) return normalised(m);
        const Matrix<S> polar =
            mu == 0 ? step.gradient.polar(step.polar, step.threads) : polar_factor<S>(m, step.polar, step.threads);
        return power == 0 ? polar : map_singular_values<S>(m, polar, exact_power(step.options), step.threads);
      }),
      .window = power_window,
      .map = power_map_of,
      .linear = [](const OptimizerOptions& o) { return spectral_linear(power_window(o), power_map_of(o)); },
      .full = [](const OptimizerOptions& o) { return spectral_full(power_window(o), power_map_of(o)); },
      .full_two_sided = false,
      .linear_coverage = {"one-sided, two-sided, linear layer", "energies", "correlations of updates by those of the average"},
      .full_coverage = {"one-sided", "energies, given start", "correlations of updates by those of the average"}};
}

}  // namespace muonphase
