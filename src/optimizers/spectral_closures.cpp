// Spectral maps of windowed gradients: which equations, and which state they move.
#include "muonphase/closures/full/full_sgd.hpp"
#include "muonphase/closures/full/full_signsvd.hpp"
#include "muonphase/closures/full/full_signsvd_mean.hpp"
#include "muonphase/closures/full/full_signsvd_two_sided.hpp"
#include "muonphase/closures/full/full_spectral_mean.hpp"
#include "muonphase/closures/full/layer_rows.hpp"
#include "muonphase/closures/full/layer_signsvd.hpp"
#include "muonphase/closures/linear/spectral.hpp"
#include "muonphase/core/matrix.hpp"
#include "muonphase/dynamics/systems/inertial.hpp"
#include "muonphase/dynamics/systems/layer_delta.hpp"
#include "muonphase/dynamics/systems/layer_moment.hpp"
#include "muonphase/dynamics/systems/second_moment.hpp"
#include "optimizers/pairing.hpp"

namespace muonphase {
namespace {

// The polar factor of one number is its sign.
bool is_scalar(const Problem& problem) {
  return problem.n_out() == 1 && problem.n_in() == 1;
}

SpectralPoles poles_of(const std::optional<SpectralMap>& map) {
  return map ? spectral_poles(*map) : SpectralPoles{};
}

bool polar_factor_of_one_step(const Window& window, const SpectralPoles& map) {
  return window.one_step() && map.exact_sign();
}

// From a given Δ_0 the mean of Δ over batches is followed apart from what the batches add: as a matrix of second
// moments where Σ_out is isotropic, entry by entry elsewhere.
FullDynamics polar_dynamics(const FullProblem& full) {
  const Problem& problem = full.problem;
  const bool one_sided = problem.output.nodes() == 1;
  if (!full.given() && one_sided) return from_energies(full, FullSignSvd(problem, full.quadrature));
  if (!full.given()) return from_energies(full, FullSignSvdTwoSided(problem, full.quadrature));
  if (one_sided)
    return paired(
        FullSignSvdMean(problem, full.quadrature),
        [problem, moment = gram<double>(full.start), decay = moment_decay(problem, full.weight_decay, full.start)](
            const auto& rates, const auto&... run) { return integrate_mean(problem, moment, rates, decay, run...); });
  return paired(FullSignSvdTwoSided(problem, full.quadrature),
                [problem, start = full.start, decay = full.weight_decay](const auto& rates, const auto&... run) {
                  return integrate_entry_moments(problem, start, rates, decay, run...);
                });
}

// From a given Δ_0 the mean of Δ over batches and of its average, as matrices.
FullDynamics windowed_dynamics(const FullProblem& full, const SpectralRule& rule) {
  const Problem& problem = full.problem;
  const Memory memory = map_memory(rule.window);
  if (!full.given() || !problem.input.exact())
    return from_energies(full, FullSpectral(problem, rule, full.quadrature), memory);
  const auto rates = [closure = FullSpectralMean(problem, rule, full.quadrature), problem](
                         const MeanMoments& moment, const MeanMoments& seen) mutable {
    const auto [now, lagged] = closure(moment, seen);
    const auto inverse = problem.input.eigenvalue.inverse().matrix().asDiagonal();
    // What the mean and the spread do to an update persists; the rest keeps the correlations of noise.
    const auto correlated = (1 + lagged).max(0).sqrt().matrix().asDiagonal();
    const Eigen::MatrixXd kept = sandwich(now.mean, seen.mean, now.mean) +
                                 sandwich(now.covariance, seen.covariance, now.covariance),
                          noise = gradient_row_noise(problem, moment.mean + moment.covariance);
    return CoupledStepRates{now.mean, now.covariance, correlated * (now.diffusion - kept) * correlated,
                            problem.n_out() * (inverse * noise * inverse)};
  };
  return paired(
      rates, [problem, start = gram<double>(full.start), memory,
              decay = moment_decay(problem, full.weight_decay, full.start)](const auto& watched, const auto&... run) {
        return integrate_inertial_mean(problem, start, watched, memory, decay, run...);
      });
}

// The variance of the label noise at each output; an isotropic spectrum is one node for all of them.
Eigen::ArrayXd output_noise(const Problem& problem) {
  if (problem.data) return problem.data->noise;
  const double variance = problem.label_noise * problem.label_noise;
  if (problem.output.isotropic()) return Eigen::ArrayXd::Constant(static_cast<Eigen::Index>(problem.n_out()), variance);
  return variance * problem.n_out() / problem.output.trace() * problem.output.eigenvalue;
}

// Averages over rows of data, or over Gaussian ones of any covariance; Δ itself moves, as weight decay needs too.
FullDynamics layer_rows_dynamics(const FullProblem& full) {
  const Problem& problem = full.problem;
  const SampleRows rows = full.of_rows()
                              ? some_rows(*problem.data, most_rows(full))
                              : gaussian_rows(problem.input.eigenvalue, output_noise(problem), most_rows(full));
  return paired(
      LayerRowsSignSvd(rows, problem.input.eigenvalue, problem.batch, full.quadrature),
      [problem, start = full.start, decay = full.weight_decay, draw = NoiseDraw{full.seed, full.draw}](
          const auto& rates, const LearningRate& schedule, const Eigen::ArrayXd& recorded, const QuasilinearOptions&) {
        return integrate_layer_delta(problem, start, rates, decay, draw, schedule, recorded);
      });
}

// The linear layer's rates know Δ, which is given or drawn (full_dynamics()).
FullDynamics layer_polar_dynamics(const FullProblem& full) {
  const bool isotropic = full.problem.output.isotropic() || full.problem.label_noise == 0;
  if (full.problem.data || !isotropic || full.weight_decay > 0) return layer_rows_dynamics(full);
  const FullDynamics of_moment =
      paired(LayerSignSvd(full.problem, full.quadrature),
             [problem = full.problem, moment = gram<double>(full.start)](const auto& rates, const auto&... run) {
               return integrate_layer_moment(problem, moment, rates, run...);
             });
  // In matrices of a few outputs, or where the batch is so large that nearly all is signal, its averages over a moment
  // may have no solution: those over sampled rows do.
  return [of_moment, full](const auto&... run) {
    try {
      return of_moment(run...);
    } catch (const DivergenceError&) {
      throw;
    } catch (const NumericalError&) {
      return layer_rows_dynamics(full)(run...);
    }
  };
}

}  // namespace

LinearClosure spectral_linear(const Window& window, const std::optional<SpectralMap>& map) {
  return [window, map = poles_of(map)](const Problem& problem, const LinearOptions& options) {
    if (map.exact_sign() && is_scalar(problem)) return sign_linear(window)(problem, options);
    if (polar_factor_of_one_step(window, map)) return std::vector{signsvd_coefficients(problem, options.resolvent)};
    Coefficients coefficients = spectral_coefficients(problem, {window, map});
    coefficients.memory = map_memory(window);
    return std::vector{coefficients};
  };
}

FullClosure spectral_full(const Window& window, const std::optional<SpectralMap>& map) {
  return [window, map = poles_of(map)](const FullProblem& full) {
    require_finite_batch(full.problem);
    if (map.exact_sign() && is_scalar(full.problem)) return sign_full(window)(full);
    if (polar_factor_of_one_step(window, map))
      return full.problem.linear_layer() ? layer_polar_dynamics(full) : polar_dynamics(full);
    if (full.problem.output.nodes() != 1)
      throw UnsupportedError("ode.closure",
                             "\"linear\" where problem.output is not isotropic: the full closure of momentum, of "
                             "Newton–Schulz steps and of spectral powers is one-sided");
    return windowed_dynamics(full, {window, map});
  };
}

}  // namespace muonphase
