#include "muonphase/equivalent/full_signsvd.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "muonphase/equivalent/gaussian_ratio.hpp"
#include "muonphase/equivalent/quasi_points.hpp"
#include "muonphase/error.hpp"

namespace muonphase {
// One resolvent node s: iterates the self-consistent system, docs/theory-full-closure.md §3.
struct FullSignSvd::Node {
  const FullSignSvd& closure;
  double s;
  const Eigen::ArrayXd& share;              // δ_j² = λ_j v_j
  const Eigen::ArrayXd& residual_variance;  // V at each sampled point
  Eigen::ArrayXd coupling, determinant;     // C_j and (q+e_j)(s+ϑ_j) + S_j² at the last iterate

  // G(x): x = ln(s ρ_j), ln(s τ_o) to the same from the equations.
  Eigen::ArrayXd next(const Eigen::ArrayXd& x) {
    const Eigen::ArrayXd& lambda = closure.input_.eigenvalue;
    const Eigen::ArrayXd& weight = closure.input_.weight;
    const Eigen::MatrixXd& square = closure.square_;
    const Eigen::Index modes = lambda.size(), points = square.rows();
    const double batch = closure.batch_, tau_out = std::exp(x(modes)) / s;
    const Eigen::ArrayXd t = lambda * x.head(modes).exp() / s;

    const Eigen::ArrayXd& v = residual_variance;
    const Eigen::ArrayXd tau_in = (square * closure.sampled_.sums(weight * t)).array();
    evaluate_gaussian_ratio(tau_out / (batch * batch) * tau_in * v, ratio);
    const Eigen::ArrayXd quotient = v / tau_in;

    // E[c_j² F] = E[F] + 2 E[c_j² (δ_j² ∂F/∂V + t_j ∂F/∂τ_i)]: the sampled average multiplies what is small for weak
    // modes.
    derivative.resize(points, 6);
    derivative.col(0) = (ratio.first + ratio.first_slope).matrix();
    derivative.col(1) = (quotient * ratio.first_slope).matrix();
    derivative.col(2) = (ratio.excess_slope / quotient).matrix();
    derivative.col(3) = (ratio.excess + ratio.excess_slope).matrix();
    derivative.col(4) = (ratio.first_slope / v).matrix();
    derivative.col(5) = (ratio.first_slope / tau_in).matrix();
    const Eigen::MatrixXd average = square.transpose() * derivative / static_cast<double>(points);
    const auto mean_square = [&](double mean, int by_variance, int by_tau) {
      Eigen::ArrayXd result(modes);
      for (Eigen::Index j = 0; j < modes; ++j) {
        const Eigen::Index g = closure.sampled_.variable[static_cast<std::size_t>(j)];
        result(j) = mean + 2 * (share(j) * average(g, by_variance) + t(j) * average(g, by_tau));
      }
      return result;
    };
    const Eigen::ArrayXd input = lambda * tau_out / batch * mean_square((v * ratio.first).mean(), 0, 1);
    const double spare = (tau_in * v * ratio.first).mean() / batch;
    // ϑ^o_j − ϑ^o_⊥: what mode j's own signal adds to the noise along its output direction.
    const Eigen::ArrayXd extra = share / batch * mean_square((tau_in * ratio.excess).mean(), 2, 3);
    coupling = mean_square(ratio.first.mean(), 4, 5);
    const Eigen::ArrayXd signal = lambda * share * coupling.square();  // S_j²

    const double q = closure.n_ / tau_out;
    determinant = (q + extra) * (s + input) + signal;
    const Eigen::ArrayXd load = extra + signal / (s + input);
    Eigen::ArrayXd y(modes + 1);
    y.head(modes) = (s * (q + extra) / determinant).log();
    y(modes) = std::log(s * closure.n_ / (s + spare + (weight * q * load / (q + load)).sum() / closure.n_));
    return y;
  }

  GaussianRatio ratio;
  Eigen::MatrixXd derivative;
};

FullSignSvd::FullSignSvd(const Problem& problem, const FullClosureOptions& options)
    : input_(problem.input),
      n_(problem.n_out()),
      batch_(problem.batch),
      noise_variance_(problem.label_noise * problem.label_noise),
      options_(options),
      sampled_(problem.input, options.leading_modes) {
  if (problem.output.nodes() != 1)
    throw StudyError("closure = full: this form of SignSVD's full closure needs an isotropic output covariance");
  if (problem.noise_dominated())
    throw StudyError("batch = infinite: the full closure needs a finite batch (closure = \"linear\" takes it)");
  square_ = chi_square_points(options.points, sampled_.dof);

  // From far below the singular values of the weakest mode's noise to above all of them; both ends are completed
  // geometrically in operator().
  const Eigen::ArrayXd share = input_.eigenvalue * problem.energy.row(0).transpose() * n_;
  const double total = (input_.weight * share).sum() + noise_variance_;
  const double floor = std::sqrt(total * input_.smallest() * std::max(1.0, n_ / batch_) / batch_);
  const double low = std::min(0.0, std::log(floor / scale(share))) - 7, high = 6.5;
  path_.emplace(low, high, options.s_step);
}

// An upper bound, up to constants, of the gradient's singular values: its noise and its signal.
double FullSignSvd::scale(const Eigen::ArrayXd& share) const {
  const double total = (input_.weight * share).sum() + noise_variance_;
  const double trace = input_.trace();
  const double noise = (n_ * input_.largest() + trace) / batch_ + n_ * trace / (batch_ * batch_);
  return std::sqrt(total * noise + (input_.eigenvalue * share).maxCoeff());
}

ModeRates FullSignSvd::operator()(const Eigen::ArrayXXd& energy) {
  const Eigen::ArrayXd& lambda = input_.eigenvalue;
  const Eigen::Index modes = input_.nodes();
  const Eigen::ArrayXd share = lambda * energy.row(0).transpose() * n_;
  const double total = (input_.weight * share).sum() + noise_variance_;
  if (!(total > 0)) throw StudyError("the full closure needs a positive risk: there is neither signal nor label noise");
  const double unit = scale(share);
  const Eigen::ArrayXd residual_variance = (square_ * sampled_.sums(input_.weight * share)).array() + noise_variance_;

  const bool full_rank = std::min(n_, batch_) >= input_.dimension();  // every mode then lies in the row space: V_j = 1
  Eigen::ArrayXXd density(modes, path_->nodes());                     // of the drift over ln s
  Eigen::ArrayXd start = Eigen::ArrayXd::Zero(modes + 1);
  start(modes) = std::log(n_);
  const bool converged = path_->solve(!full_rank, start, [&](Eigen::Index i, Eigen::ArrayXd& x) {
    const double s = path_->s(i, unit);
    Node node{*this, s, share, residual_variance, {}, {}, {}, {}};
    const bool done = solve_fixed_point([&](const Eigen::ArrayXd& y) { return node.next(y); }, x, options_.tolerance);
    density.col(i) = s * lambda * node.coupling / node.determinant;
    return done;
  });
  if (!converged)
    throw NumericalError("the full closure of SignSVD did not converge at batch " + std::to_string(batch_));

  ModeRates result;
  result.rate = 2 / M_PI * path_->integral(density).transpose();
  if (full_rank) {
    result.diffusion = Eigen::ArrayXXd::Constant(1, modes, 1 / n_);
  } else {
    // The closure keeps the rank to a fraction of a per cent; what it misses is shared out.
    const Eigen::ArrayXd projection = 1 - path_->limit().head(modes).exp();
    const double rank = std::min({n_, batch_, input_.dimension()});
    result.diffusion = (projection * (rank / (input_.weight * projection).sum() / n_)).transpose();
  }
  return result;
}

}  // namespace muonphase
