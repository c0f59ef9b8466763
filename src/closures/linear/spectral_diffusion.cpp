#include "muonphase/closures/linear/spectral_diffusion.hpp"

#include <algorithm>
#include <cmath>

namespace muonphase {

SpectralDiffusion::SpectralDiffusion(const Problem& problem, const ResolventPath& path, const SampleWindow& window,
                                     const Eigen::MatrixXd& filled_out, const Eigen::MatrixXd& filled_in)
    : problem_(problem),
      path_(path),
      window_(window),
      out_(side_sums<double>(problem.output, path.s, path.t_out, filled_out)),
      in_(side_sums<double>(problem.input, path.s, path.t_in, filled_in)) {}

// Γ's denominator (1 + a_oo p_o)(1 + a_ii p_i) − a_oi² p_o p_i cancels at hard edges. With ū the filled and u = 1 − ū
// the empty shares, Y = Σ ū ū', w = Σ u ū', w' = Σ u' ū per side, q = Y + w' and q' = Y + w are the same on both sides.
// Over the samples both averages hold, c = B Σ_a E[(1 − A) A'] and c' = q' − q + c, which also counts the samples that
// only the later average holds, make B Σ_a E[(1 − A)(1 − A')] = q − c = q' − c'. Using the first of these on the output
// side and the second on the input side leaves
//     denominator = Y_oY_i/(q q')² · [X_o (X_i + c') + c X_i + c c' − e²],   X_o = w_o + w_o w_o'/Y_o,
//     X_i = w_i' + w_i w_i'/Y_i,   e² = q q' (Σ ωω' E[z²AA'])² / (Σ ω² E[z²A] Σ ω² E[z²A'])
// whose last difference is not negative (Cauchy–Schwarz), and zero at lag 0.
Eigen::MatrixXd SpectralDiffusion::kernel(double lag) const {
  const WindowPairs pairs = window_pairs(window_, path_.kappa, lag);
  const Eigen::Index nodes = path_.s.size();
  Eigen::MatrixXd gamma(nodes, nodes);
  for (Eigen::Index j = 0; j < nodes; ++j)
    for (Eigen::Index i = 0; i < nodes; ++i) {
      const double q = path_.filled(i), q_later = path_.filled(j), q2 = q * q_later;
      const double x_out = out_.exchange(i, j) * (1 + out_.exchange(j, i) / out_.shared(i, j));
      const double x_in = in_.exchange(j, i) * (1 + in_.exchange(i, j) / in_.shared(i, j));
      const double c = q * pairs.earlier(i, j) / path_.second(i);
      // The moments of the newest samples, with weights the earlier average does not have.
      const double newest = lag == 0 ? 0 : std::max(0.0, path_.second(j) - pairs.kept(j));
      const double c_later = q_later * (pairs.later(i, j) + newest) / path_.second(j);
      const double e2 = q2 * pairs.cross(i, j) * pairs.cross(i, j) / (path_.second(i) * path_.second(j));
      const double excess = lag == 0 ? 0 : std::max(0.0, c * c_later - e2);
      const double denominator =
          out_.shared(i, j) / q2 * (in_.shared(i, j) / q2) * (x_out * (x_in + c_later) + c * x_in + excess);
      gamma(i, j) = path_.weight(i) * path_.weight(j) * pairs.cross(i, j) / path_.batch / denominator;
    }
  return gamma;
}

Eigen::ArrayXXd SpectralDiffusion::contract(const Eigen::MatrixXd& kernel) const {
  const Eigen::Index nodes = path_.s.size();
  Eigen::MatrixXd sum = Eigen::MatrixXd::Zero(problem_.output.nodes(), problem_.input.nodes());
  for (Eigen::Index i = 0; i < nodes; ++i) {
    const Eigen::Index rest = nodes - i;  // the propagators are symmetric in (s, s'): pairs (i, i' ≥ i) are enough
    Eigen::VectorXd gamma = kernel.row(i).tail(rest).transpose() + kernel.col(i).tail(rest);
    gamma(0) = kernel(i, i);
    const auto row = [&](const Spectrum& spectrum, const Eigen::MatrixXd& propagator) -> Eigen::MatrixXd {
      const Eigen::VectorXd here = spectrum.eigenvalue.matrix().cwiseProduct(propagator.col(i));
      return here.asDiagonal() * propagator.rightCols(rest);
    };
    sum.noalias() +=
        row(problem_.output, out_.propagator) * gamma.asDiagonal() * row(problem_.input, in_.propagator).transpose();
  }
  return M_2_PI * M_2_PI * sum.array();
}

}  // namespace muonphase
