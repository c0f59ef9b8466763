#include "muonphase/closures/linear/spectral.hpp"

#include <cmath>
#include <complex>

#include "muonphase/closures/linear/pole_pairs.hpp"

namespace muonphase {
namespace {

// The fixed point at the poles of h, and what the coefficients take from it, where ‖M‖_F is `scale` times its mean.
struct SpectralSolution {
  SpectralSolution(const Problem& given, const SpectralRule& rule, double scale = 1)
      : problem(given),
        map(rule.map),
        window(sample_window(problem, rule.window)),
        norm(scale * average_norm(problem, window)),
        path(continue_resolvent(problem.output, problem.input, window,
                                solve_resolvent(problem.output, problem.input, problem.batch, window, {.step = 0.5}),
                                norm * map.p)),
        filled_out(filled_shares(problem.output, path.t_out)),
        filled_in(filled_shares(problem.input, path.t_in)),
        pairs(problem, path, window, filled_out, filled_in) {}

  // Re Σ_m h_m m_kj(s_m) with m_kj = Σ ω E[z²A] λρ_k λρ_j.
  Eigen::ArrayXXd drift(const Eigen::ArrayXcd& odd) const {
    const Eigen::ArrayXcd density = norm * path.batch * odd * path.signal / (path.second * path.filled);
    return (filled_out * density.matrix().asDiagonal() * filled_in.transpose()).array().real();
  }

  // V(0) against an isotropic side, E[Vh(S)²Vᵀ] = Re Σ_m even filled(s_m).
  Eigen::ArrayXXd projection(const Eigen::ArrayXcd& even) const {
    const auto of = [&](const Eigen::MatrixXcd& filled, double others) {
      return Eigen::ArrayXd((filled * even.matrix()).array().real() / others);
    };
    if (problem.output.isotropic())
      return of(filled_in, problem.n_out()).transpose().replicate(problem.output.nodes(), 1);
    return of(filled_out, problem.n_in()).replicate(1, problem.input.nodes());
  }

  // Σ_ℓ count V(ℓ) over the given lags, 0 among them.
  Eigen::ArrayXXd correlated(const LagNodes& lags) const {
    const Eigen::Index poles = path.s.size();
    PolePairs::Kernel sum{Eigen::ArrayXXcd::Zero(poles, poles), Eigen::ArrayXXcd::Zero(poles, poles)};
    for (Eigen::Index i = 0; i < lags.lag.size(); ++i) {
      const PolePairs::Kernel one = pairs.kernel(lags.lag(i));
      sum.plain += lags.count(i) * one.plain;
      sum.conjugate += lags.count(i) * one.conjugate;
    }
    return pairs.contract(sum, norm * map.odd);
  }

  const Problem& problem;
  const SpectralPoles& map;
  SampleWindow window;
  double norm;
  ComplexResolvent path;
  Eigen::MatrixXcd filled_out, filled_in;
  PolePairs pairs;
};

// Below this variance of ln ‖M‖_F its spread is worth less than 3e−3.
constexpr double least_variance = 5e-3;

// Σ_ℓ count V(ℓ), averaged over the norm's spread as in with_spread_norm: a product of two maps of one norm.
Eigen::ArrayXXd correlated_diffusion(const Problem& problem, const SpectralRule& rule, const SpectralSolution& solution,
                                     const LagNodes& lags) {
  const Eigen::ArrayXXd mean = solution.correlated(lags);
  const double variance = log_norm_variance(problem, solution.window);
  if (variance <= least_variance) return mean;
  const double shift = std::sqrt(variance);
  const Eigen::ArrayXXd above = SpectralSolution(problem, rule, std::exp(shift)).correlated(lags);
  const Eigen::ArrayXXd below = SpectralSolution(problem, rule, std::exp(-shift)).correlated(lags);
  return 2 * mean - 0.5 * (above + below) - 0.5 * shift * (above - below);
}

LagNodes one_lag(double lag) {
  return {Eigen::ArrayXd::Constant(1, lag), Eigen::ArrayXd::Ones(1)};
}

Eigen::ArrayXXd instant_diffusion(const Problem& problem, const SpectralRule& rule, const SpectralSolution& solution,
                                  const SpectralPoles& spread) {
  const bool projection = problem.output.isotropic() || problem.input.isotropic();
  return projection ? solution.projection(spread.even) : correlated_diffusion(problem, rule, solution, one_lag(0));
}

}  // namespace

double average_norm(const Problem& problem, const SampleWindow& window) {
  const double batch = problem.noise_dominated() ? 1 : problem.batch;
  return std::sqrt(window.sum_of_squares() * problem.output.trace() * problem.input.trace() / batch);
}

// A sample adds ω² z² |x_out|² |x_in|² to ‖M‖², whose relative variance is E[z⁴] (1 + 2/n_out) (1 + 2/n_in) − 1 with
// the effective dimensions n = (Σλ)²/Σλ². Two samples add 2 ω_b ω_c z_b z_c (x_out,b · x_out,c) (x_in,b · x_in,c), of mean
// zero: together 2/(n_out n_in) of the mean squared, whatever the batch and the window.
double log_norm_variance(const Problem& problem, const SampleWindow& window) {
  const auto inverse_dimension = [](const Spectrum& side) {
    const double trace = side.trace();
    return (side.weight * side.eigenvalue.square()).sum() / (trace * trace);
  };
  const double out = inverse_dimension(problem.output), in = inverse_dimension(problem.input);
  if (problem.noise_dominated()) return out * in / 2;
  const double fourth = window.residual == Residual::unit ? 1 : 3;
  const double sample = fourth * (1 + 2 * out) * (1 + 2 * in) - 1;
  const double squares = window.sum_of_squares();
  const double samples = problem.batch * squares * squares / (window.count * window.weight.pow(4)).sum();
  return sample / (4 * samples) + (1 - 1 / samples) * out * in / 2;
}

SpectralPoles effective_map(const Problem& problem, const SampleWindow& window, const SpectralPoles& map) {
  const double variance = log_norm_variance(problem, window);
  return variance > least_variance && !map.exact_sign() ? with_spread_norm(map, variance) : map;
}

Coefficients spectral_coefficients(const Problem& given, const SpectralRule& rule) {
  // A step of 0.5 keeps 1e−6 of the sums over lags, at a third of the pairs of the default's.
  if (rule.map.exact_sign()) return signsvd_coefficients(given, {.step = 0.5}, rule.window);
  const Problem problem = noise_problem(given);
  const SpectralSolution solution(problem, rule);
  const SpectralPoles spread = effective_map(problem, solution.window, rule.map);
  Coefficients result{solution.drift(spread.odd), instant_diffusion(problem, rule, solution, spread)};
  if (LagNodes lags = correlated_lags(rule.window); lags.lag.size() > 0) {
    lags.count *= 2;
    result.diffusion += correlated_diffusion(problem, rule, solution, lags);
  }
  // The units of the noise-dominated limit, as for the sign.
  if (problem.noise_dominated()) result.drift *= std::sqrt(problem.n_out());
  to_residuals(problem, result.drift);
  return result;
}

Eigen::ArrayXXd spectral_lagged_diffusion(const Problem& given, double lag, const SpectralRule& rule) {
  if (rule.map.exact_sign()) return signsvd_lagged_diffusion(given, lag, rule.window, {.step = 0.5});
  const Problem problem = noise_problem(given);
  const SpectralSolution solution(problem, rule);
  if (lag == 0) return instant_diffusion(problem, rule, solution, effective_map(problem, solution.window, rule.map));
  return correlated_diffusion(problem, rule, solution, one_lag(lag));
}

}  // namespace muonphase
