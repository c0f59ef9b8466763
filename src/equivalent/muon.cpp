#include "muonphase/equivalent/muon.hpp"

#include <cmath>
#include <complex>

#include "muonphase/equivalent/pole_pairs.hpp"

namespace muonphase {
namespace {

// The fixed point at the poles of h, and what the coefficients take from it.
struct Solution {
  Solution(const Problem& given, const MuonRule& rule)
      : problem(given),
        map(rule.map),
        window(sample_window(problem.output, problem.input, problem.batch, rule.momentum)),
        norm(average_norm(problem, window)),
        path(continue_resolvent(problem.output, problem.input, window,
                                solve_resolvent(problem.output, problem.input, problem.batch, window, {.step = 0.5}),
                                norm * map.p)),
        filled_out(filled_shares(problem.output, path.t_out)),
        filled_in(filled_shares(problem.input, path.t_in)),
        pairs(problem, path, window, filled_out, filled_in) {}

  // Re Σ_m h_m m_kj(s_m) with m_kj = Σ ω E[z²A] λρ_k λρ_j.
  Eigen::ArrayXXd drift() const {
    const Eigen::ArrayXcd density = norm * path.batch * map.odd * path.signal / (path.second * path.filled);
    return (filled_out * density.matrix().asDiagonal() * filled_in.transpose()).array().real();
  }

  // V(0). Against an isotropic side, E[Vh(S)²Vᵀ] = Re Σ_m even filled(s_m).
  Eigen::ArrayXXd instant() const {
    const auto projection = [&](const Eigen::MatrixXcd& filled, double others) {
      return Eigen::ArrayXd((filled * map.even.matrix()).array().real() / others);
    };
    if (problem.output.isotropic())
      return projection(filled_in, problem.n_out()).transpose().replicate(problem.output.nodes(), 1);
    if (problem.input.isotropic()) return projection(filled_out, problem.n_in()).replicate(1, problem.input.nodes());
    return pairs.contract(pairs.kernel(0), norm * map.odd);
  }

  // Σ_ℓ 2 V(ℓ) over the given lags.
  Eigen::ArrayXXd lagged(const LagNodes& lags) const {
    const Eigen::Index poles = path.s.size();
    PolePairs::Kernel sum{Eigen::ArrayXXcd::Zero(poles, poles), Eigen::ArrayXXcd::Zero(poles, poles)};
    for (Eigen::Index i = 0; i < lags.lag.size(); ++i) {
      const PolePairs::Kernel one = pairs.kernel(lags.lag(i));
      sum.plain += 2 * lags.count(i) * one.plain;
      sum.conjugate += 2 * lags.count(i) * one.conjugate;
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

}  // namespace

double average_norm(const Problem& problem, const SampleWindow& window) {
  const double batch = problem.noise_dominated() ? 1 : problem.batch;
  return std::sqrt(window.sum_of_squares() * problem.output.trace() * problem.input.trace() / batch);
}

Coefficients muon_coefficients(const Problem& problem, const MuonRule& rule) {
  // A step of 0.5 keeps 1e−6 of the sums over lags, at a third of the pairs of the default's.
  if (rule.map.exact_sign()) return signsvd_coefficients(problem, {.step = 0.5}, rule.momentum);
  const Solution solution(problem, rule);
  Coefficients result{solution.drift(), solution.instant()};
  if (const LagNodes lags = correlated_lags(rule.momentum); lags.lag.size() > 0)
    result.diffusion += solution.lagged(lags);
  // The units of the noise-dominated limit, as for the sign.
  if (problem.noise_dominated()) result.drift *= std::sqrt(problem.n_out());
  return result;
}

Eigen::ArrayXXd muon_lagged_diffusion(const Problem& problem, double lag, const MuonRule& rule) {
  if (rule.map.exact_sign()) return signsvd_lagged_diffusion(problem, lag, rule.momentum, {.step = 0.5});
  const Solution solution(problem, rule);
  if (lag == 0) return solution.instant();
  return 0.5 * solution.lagged({Eigen::ArrayXd::Constant(1, lag), Eigen::ArrayXd::Ones(1)});
}

}  // namespace muonphase
