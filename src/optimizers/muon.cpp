// Muon: a momentum average orthogonalised by Newton–Schulz steps.
#include <optional>

#include "optimizers/all.hpp"
#include "optimizers/quintics.hpp"

namespace muonphase {
namespace {

bool is_exact(const OptimizerOptions& options) {
  return options.word("orthogonalization") == "exact";
}

Window muon_window(const OptimizerOptions& options) {
  return momentum_window(options.number("momentum"), options.flag("nesterov"));
}

std::optional<SpectralMap> muon_map(const OptimizerOptions& options) {
  if (is_exact(options)) return std::nullopt;
  return newton_schulz_map(quintics_of(options));
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
                      quintic_steps_option(), quintics_option()},
          .flow = Flow::spectral,
          .update = UpdateRule([]<class S>(Step<S>& step) -> Matrix<S> {
            const Matrix<S> m = step.momentum(step.number("momentum"), step.flag("nesterov"));
            if (is_exact(step.options)) return polar_factor<S>(m, step.polar, step.threads);
            return newton_schulz<S>(m, quintics_of(step.options), step.threads);
          }),
          .window = muon_window,
          .map = muon_map,
          .linear = [](const OptimizerOptions& o) { return spectral_linear(muon_window(o), muon_map(o)); },
          .full = [](const OptimizerOptions& o) { return spectral_full(muon_window(o), muon_map(o)); },
          .full_two_sided = false,
          .linear_coverage = {"one-sided, two-sided, linear layer", "energies", "correlations of updates by those of the average"},
          .full_coverage = {"one-sided", "energies, given start", "correlations of updates by those of the average"}};
}

}  // namespace muonphase
