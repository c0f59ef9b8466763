#include <cmath>

#include "muonphase/closures/linear/coefficients.hpp"
#include "muonphase/closures/linear/spectral_diffusion.hpp"

namespace muonphase {
namespace {

// The fixed point and what both coefficients take from it.
struct SignSvdSolution {
  SignSvdSolution(const Problem& problem, const ResolventOptions& options, const Window& weights)
      : window(sample_window(problem, weights)),
        path(solve_resolvent(problem.output, problem.input, problem.batch, window, options)),
        filled_out(filled_shares(problem.output, path.t_out)),
        filled_in(filled_shares(problem.input, path.t_in)) {}

  SampleWindow window;
  ResolventPath path;
  Eigen::MatrixXd filled_out, filled_in;
};

// f_kj = (2/π) ∫ ds Σ ω E[z²A] λρ_k λρ_j: the fixed point eliminates the θ's, B g λρ_k λρ_j = B filled_k filled_j/q,
// and momentum multiplies by Σ ω E[z²A] / Σ ω² E[z²A].
Eigen::ArrayXXd drift(const SignSvdSolution& solution) {
  const ResolventPath& path = solution.path;
  const Eigen::VectorXd density =
      M_2_PI * path.batch * path.weight * (path.signal / path.second) / path.filled;
  return (solution.filled_out * density.asDiagonal() * solution.filled_in.transpose()).array();
}

// E[sign(M)_kj²]. Against an isotropic side the projection on the row (column) space is all there is: Σ_k V_kj =
// filled_j(s → 0).
Eigen::ArrayXXd instant_diffusion(const Problem& problem, const SignSvdSolution& solution,
                                  const SpectralDiffusion& pairs) {
  const Eigen::Index last = solution.path.s.size() - 1;
  if (problem.output.isotropic())
    return (solution.filled_in.col(last).transpose().array() / problem.n_out()).replicate(problem.output.nodes(), 1);
  if (problem.input.isotropic())
    return (solution.filled_out.col(last).array() / problem.n_in()).replicate(1, problem.input.nodes());
  return pairs.contract(pairs.kernel(0));
}

}  // namespace

Coefficients signsvd_coefficients(const Problem& given, const ResolventOptions& options, const Window& weights) {
  const Problem problem = noise_problem(given);
  const SignSvdSolution solution(problem, options, weights);
  const SpectralDiffusion pairs(problem, solution.path, solution.window, solution.filled_out, solution.filled_in);
  Coefficients result;
  result.drift = drift(solution);
  result.diffusion = instant_diffusion(problem, solution, pairs);
  if (const LagNodes lags = correlated_lags(weights); lags.lag.size() > 0) {
    const Eigen::Index nodes = solution.path.s.size();
    Eigen::MatrixXd kernel = Eigen::MatrixXd::Zero(nodes, nodes);
    for (Eigen::Index i = 0; i < lags.lag.size(); ++i) kernel += 2 * lags.count(i) * pairs.kernel(lags.lag(i));
    result.diffusion += pairs.contract(kernel);
  }
  // s in units of 1/√B gives f/√B; time in n_out/B steps and η√(n_out/B) multiply it by √n_out.
  if (solution.path.noise_dominated) result.drift *= std::sqrt(problem.n_out());
  to_residuals(problem, result.drift);
  return result;
}

Eigen::ArrayXXd signsvd_lagged_diffusion(const Problem& given, double lag, const Window& weights,
                                         const ResolventOptions& options) {
  const Problem problem = noise_problem(given);
  const SignSvdSolution solution(problem, options, weights);
  const SpectralDiffusion pairs(problem, solution.path, solution.window, solution.filled_out, solution.filled_in);
  return lag == 0 ? instant_diffusion(problem, solution, pairs) : pairs.contract(pairs.kernel(lag));
}

}  // namespace muonphase
