// Muon: a momentum average orthogonalised by Newton–Schulz steps.
#include <array>

#include "optimizers/all.hpp"

namespace muonphase {
namespace {

bool is_exact(const OptimizerOptions& options) {
  return options.word("orthogonalization") == "exact";
}

std::array<double, 3> quintic_of(const OptimizerOptions& options) {
  const auto& list = options.numbers("coefficients");
  return {list[0], list[1], list[2]};
}

Window muon_window(const OptimizerOptions& options) {
  return momentum_window(options.number("momentum"), options.flag("nesterov"));
}

// The map of singular values; without poles the exact sign. Some 0.3 s.
SpectralPoles muon_map(const OptimizerOptions& options) {
  if (is_exact(options)) return {};
  return spectral_poles(newton_schulz_map(static_cast<int>(options.whole("steps")), quintic_of(options)));
}

}  // namespace

OptimizerDescription muon_optimizer() {
  return {.name = "muon",
          .label = "Muon",
          .color = 0xCC79A7,
          .doc = "Φ = U Vᵀ of a momentum average M = U S Vᵀ, by Newton–Schulz steps or exactly",
          .options = {number_option("momentum", 0.95, Interval::within_below(0, 1), "momentum μ"),
                      flag_option("nesterov", false, "Nesterov momentum"),
                      word_option("orthogonalization", "newton-schulz", {"newton-schulz", "exact"},
                                  "how the momentum is orthogonalised"),
                      whole_option("steps", 5, 1, 100, "Newton–Schulz iterations"),
                      numbers_option("coefficients", {muon_quintic.begin(), muon_quintic.end()},
                                     "a, b, c of the iteration x → a x + b x³ + c x⁵")},
          .flow = Flow::spectral,
          .update = UpdateRule([]<class S>(Step<S>& step) -> Matrix<S> {
            const Matrix<S> m = step.momentum(step.number("momentum"), step.flag("nesterov"));
            if (is_exact(step.options)) return polar_factor<S>(m, step.polar, step.threads);
            return newton_schulz<S>(m, static_cast<int>(step.options.whole("steps")), quintic_of(step.options),
                                    step.threads);
          }),
          .window = muon_window,
          .linear = [](const OptimizerOptions& o) { return spectral_linear(muon_window(o), muon_map(o)); },
          .full = [](const OptimizerOptions& o) { return spectral_full(muon_window(o), muon_map(o)); },
          .full_two_sided = false,
          .linear_coverage = {"one-sided, two-sided", "energies", "window short against the dynamics"},
          .full_coverage = {"one-sided", "energies", "window short against the dynamics"}};
}

}  // namespace muonphase
