#include <boost/math/constants/constants.hpp>
#include <cmath>

#include "muonphase/equivalent/coefficients.hpp"
#include "muonphase/equivalent/gaussian.hpp"

namespace muonphase {
namespace {

constexpr double two_over_pi = 2 / boost::math::constants::pi<double>();

// f_kj = (2/π) B ∫ ds filled_k filled_j / q: with B g θ-ratios eliminated by the fixed point, B g λρ λρ' = B filled
// filled'/q.
Eigen::ArrayXXd drift(const ResolventPath& path, const Eigen::MatrixXd& filled_out, const Eigen::MatrixXd& filled_in) {
  const Eigen::VectorXd density = two_over_pi * path.batch * path.weight / path.filled;
  return (filled_out * density.asDiagonal() * filled_in.transpose()).array();
}

// V_kj = (2/π)² ∫∫ ds ds' λ_kρ_kρ_k' λ_jρ_jρ_j' Γ. Γ's denominator (1 + a_oo p_o)(1 + a_ii p_i) − a_oi² p_o p_i cancels
// at hard edges. With ū the filled and u = 1 − ū the empty shares, Y = Σ ū ū', w = Σ u ū', w' = Σ u' ū per side, q = Y
// + w' and q' = Y + w are the same on both sides, and b = B E[A (1 − A')] = B κ' E[z²AA'] and b' make B E[(1 − A)(1 −
// A')] = q' − b = q − b'. Using the first of these on the input side and the second on the output side leaves positive
// terms only:
//     denominator = Y_oY_i/(q q')² · [X_o (X_i + b) + b' X_i],   X_o = w_o + w_o w_o'/Y_o,   X_i = w_i' + w_i w_i'/Y_i.
Eigen::ArrayXXd two_sided_diffusion(const Problem& problem, const ResolventPath& path,
                                    const Eigen::MatrixXd& filled_out, const Eigen::MatrixXd& filled_in) {
  const Eigen::Index nodes = path.s.size();
  const double batch = path.batch;
  const Eigen::MatrixXd pairs =
      path.noise_dominated ? Eigen::MatrixXd::Ones(nodes, nodes) : saturation_pairs(path.kappa);

  struct Side {
    Eigen::MatrixXd shared;      // Y(s, s')
    Eigen::MatrixXd exchange;    // w(s, s') = Σ u(s) ū(s')
    Eigen::MatrixXd propagator;  // ρ(s): modes × nodes
  };
  const auto side = [&](const Spectrum& spectrum, const Eigen::ArrayXd& t, const Eigen::MatrixXd& filled) {
    Side result;
    const Eigen::MatrixXd weighted = spectrum.weight.matrix().asDiagonal() * filled;
    // empty = t/(t + λ) = (t/λ) filled
    const Eigen::MatrixXd empty = ((filled.array().colwise() / spectrum.eigenvalue).rowwise() * t.transpose()).matrix();
    result.shared = filled.transpose() * weighted;
    result.exchange = empty.transpose() * weighted;
    result.propagator = (empty.array().rowwise() / path.s.transpose()).matrix();
    return result;
  };
  const Side out = side(problem.output, path.t_out, filled_out);
  const Side in = side(problem.input, path.t_in, filled_in);

  Eigen::MatrixXd diffusion = Eigen::MatrixXd::Zero(problem.output.nodes(), problem.input.nodes());
  for (Eigen::Index i = 0; i < nodes; ++i) {
    const Eigen::Index rest = nodes - i;  // pairs (i, i' ≥ i), counted twice off the diagonal
    Eigen::VectorXd gamma(rest);
    for (Eigen::Index r = 0; r < rest; ++r) {
      const Eigen::Index j = i + r;
      const double q2 = path.filled(i) * path.filled(j);
      const double x_out = out.exchange(i, j) * (1 + out.exchange(j, i) / out.shared(i, j));
      const double x_in = in.exchange(j, i) * (1 + in.exchange(i, j) / in.shared(i, j));
      // B κ' = q'/E[z²A'] and in the noise-dominated limit B κ' E[z²AA'] → q'
      const double b = path.noise_dominated ? path.filled(j) : batch * path.kappa(j) * pairs(i, j);
      const double b_prime = path.noise_dominated ? path.filled(i) : batch * path.kappa(i) * pairs(i, j);
      const double denominator = out.shared(i, j) / q2 * (in.shared(i, j) / q2) * (x_out * (x_in + b) + b_prime * x_in);
      gamma(r) = (r == 0 ? 1 : 2) * path.weight(i) * path.weight(j) * pairs(i, j) / batch / denominator;
    }
    const auto row = [&](const Spectrum& spectrum, const Eigen::MatrixXd& propagator) -> Eigen::MatrixXd {
      const Eigen::VectorXd here = spectrum.eigenvalue.matrix().cwiseProduct(propagator.col(i));
      return here.asDiagonal() * propagator.rightCols(rest);
    };
    diffusion.noalias() +=
        row(problem.output, out.propagator) * gamma.asDiagonal() * row(problem.input, in.propagator).transpose();
  }
  return two_over_pi * two_over_pi * diffusion.array();
}

}  // namespace

Coefficients signsvd_coefficients(const Problem& problem, const ResolventOptions& options) {
  const ResolventPath path = solve_resolvent(problem.output, problem.input, problem.batch, options);
  const Eigen::MatrixXd filled_out = filled_shares(problem.output, path.t_out);
  const Eigen::MatrixXd filled_in = filled_shares(problem.input, path.t_in);
  Coefficients result;
  result.drift = drift(path, filled_out, filled_in);
  // Against an isotropic side the projection on the row (column) space is all there is: Σ_k V_kj = filled_j(s → 0).
  const Eigen::Index last = path.s.size() - 1;
  if (problem.output.isotropic()) {
    result.diffusion = (filled_in.col(last).transpose().array() / problem.n_out()).replicate(problem.output.nodes(), 1);
  } else if (problem.input.isotropic()) {
    result.diffusion = (filled_out.col(last).array() / problem.n_in()).replicate(1, problem.input.nodes());
  } else {
    result.diffusion = two_sided_diffusion(problem, path, filled_out, filled_in);
  }
  // s in units of 1/√B gives f/√B; time in n_out/B steps and η√(n_out/B) multiply it by √n_out.
  if (path.noise_dominated) result.drift *= std::sqrt(problem.n_out());
  return result;
}

}  // namespace muonphase
