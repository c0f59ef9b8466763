#include "muonphase/equivalent/full_signsvd.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "muonphase/equivalent/anderson.hpp"
#include "muonphase/equivalent/gaussian_ratio.hpp"
#include "muonphase/equivalent/quasi_points.hpp"
#include "muonphase/error.hpp"

namespace muonphase {
namespace {

// Sampled variables: each of the first `leading` nodes has its own, later ones share one with up to a tenth of the
// nodes before them. Returns the variable of each node, and the number of modes (degrees of freedom) of each variable.
std::pair<std::vector<Eigen::Index>, Eigen::ArrayXd> group_modes(const Spectrum& input, int leading) {
  std::vector<Eigen::Index> group(static_cast<std::size_t>(input.nodes()));
  std::vector<double> dof;
  Eigen::Index room = 0;
  for (Eigen::Index j = 0; j < input.nodes(); ++j) {
    if (room == 0) {
      room = j < leading ? 1 : j / 10 + 1;
      dof.push_back(0);
    }
    --room;
    dof.back() += input.weight(j);
    group[static_cast<std::size_t>(j)] = static_cast<Eigen::Index>(dof.size()) - 1;
  }
  return {std::move(group), Eigen::Map<Eigen::ArrayXd>(dof.data(), static_cast<Eigen::Index>(dof.size()))};
}

Eigen::VectorXd grouped(const std::vector<Eigen::Index>& group, Eigen::Index groups, const Eigen::ArrayXd& value) {
  Eigen::VectorXd sum = Eigen::VectorXd::Zero(groups);
  for (Eigen::Index j = 0; j < value.size(); ++j) sum(group[static_cast<std::size_t>(j)]) += value(j);
  return sum;
}

}  // namespace

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
    const Eigen::ArrayXd tau_in = (square * grouped(closure.group_, square.cols(), weight * t)).array();
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
        const Eigen::Index g = closure.group_[static_cast<std::size_t>(j)];
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

  // Iterates x to the fixed point; false when it was not reached.
  bool solve(Eigen::ArrayXd& x) {
    Anderson accelerate;
    for (int iteration = 0; iteration < 200; ++iteration) {
      const Eigen::ArrayXd residual = next(x) - x;
      accelerate(x, residual);
      if (residual.abs().maxCoeff() <= closure.options_.tolerance) return true;
    }
    return false;
  }

  GaussianRatio ratio;
  Eigen::MatrixXd derivative;
};

FullSignSvd::FullSignSvd(const Problem& problem, const FullClosureOptions& options)
    : input_(problem.input),
      n_(problem.n_out()),
      batch_(problem.batch),
      noise_variance_(problem.label_noise * problem.label_noise),
      options_(options) {
  if (problem.output.nodes() != 1)
    throw StudyError("closure = full: this form of SignSVD's full closure needs an isotropic output covariance");
  if (problem.noise_dominated())
    throw StudyError("batch = infinite: the full closure needs a finite batch (closure = \"linear\" takes it)");
  auto [group, dof] = group_modes(input_, options.leading_modes);
  group_ = std::move(group);
  square_ = chi_square_points(options.points, dof);

  // From far below the singular values of the weakest mode's noise to above all of them; both ends are completed
  // geometrically in operator().
  const Eigen::ArrayXd share = input_.eigenvalue * problem.energy.row(0).transpose() * n_;
  const double total = (input_.weight * share).sum() + noise_variance_;
  const double floor = std::sqrt(total * input_.smallest() * std::max(1.0, n_ / batch_) / batch_);
  const double low = std::min(0.0, std::log(floor / scale(share))) - 7, high = 6.5;
  const auto nodes = static_cast<Eigen::Index>(std::ceil((high - low) / options.s_step)) + 1;
  log_s_.resize(nodes + 1);
  log_s_.tail(nodes) = high - options.s_step * Eigen::ArrayXd::LinSpaced(nodes, static_cast<double>(nodes - 1), 0);
  log_s_(0) = log_s_(1) - 5;
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
  const Eigen::Index modes = input_.nodes(), nodes = log_s_.size();
  const Eigen::ArrayXd share = lambda * energy.row(0).transpose() * n_;
  const double total = (input_.weight * share).sum() + noise_variance_;
  if (!(total > 0)) throw StudyError("the full closure needs a positive risk: there is neither signal nor label noise");
  const double unit = scale(share);
  const Eigen::ArrayXd residual_variance =
      (square_ * grouped(group_, square_.cols(), input_.weight * share)).array() + noise_variance_;

  const bool full_rank = std::min(n_, batch_) >= input_.dimension();  // every mode then lies in the row space: V_j = 1
  Eigen::ArrayXXd density(modes, nodes);                              // of the drift over ln s
  const auto solve = [&](Eigen::Index i) {
    const double s = unit * std::exp(log_s_(i));
    Node node{*this, s, share, residual_variance, {}, {}, {}, {}};
    const bool converged = node.solve(solution_[static_cast<std::size_t>(i)]);
    density.col(i) = s * lambda * node.coupling / node.determinant;
    return converged;
  };

  const Eigen::Index first = full_rank ? 1 : 0;
  bool converged = true;
  if (solution_.empty()) {
    // Down in s from where the gradient is negligible against s; each node starts from the two above it.
    solution_.resize(static_cast<std::size_t>(nodes));
    for (Eigen::Index i = nodes - 1; i >= first; --i) {
      const auto at = static_cast<std::size_t>(i);
      if (i == nodes - 1) {
        solution_[at] = Eigen::ArrayXd::Zero(modes + 1);
        solution_[at](modes) = std::log(n_);
      } else if (i == nodes - 2) {
        solution_[at] = solution_[at + 1];
      } else {
        const double ratio = (log_s_(i) - log_s_(i + 1)) / (log_s_(i + 1) - log_s_(i + 2));
        solution_[at] = solution_[at + 1] + ratio * (solution_[at + 1] - solution_[at + 2]);
      }
      converged = solve(i) && converged;
    }
  } else {
#pragma omp parallel for schedule(dynamic, 1) reduction(&& : converged)
    for (Eigen::Index i = first; i < nodes; ++i) converged = solve(i) && converged;
  }
  if (!converged)
    throw NumericalError("the full closure of SignSVD did not converge in 200 iterations at batch " +
                         std::to_string(batch_));

  // Trapezoid rule in ln s, with the geometric tails that the ends imply: ∝ 1/s above, the local power below.
  const Eigen::ArrayXd low = density.col(1), ratio = (low / density.col(2)).min(0.99);
  Eigen::ArrayXd integral = density.rightCols(nodes - 1).rowwise().sum() + low * ratio / (1 - ratio) +
                            density.col(nodes - 1) / std::expm1(options_.s_step);
  integral *= 2 / M_PI * options_.s_step;

  ModeRates result;
  result.rate = integral.transpose();
  if (full_rank) {
    result.diffusion = Eigen::ArrayXXd::Constant(1, modes, 1 / n_);
  } else {
    // The closure keeps the rank to a fraction of a per cent; what it misses is shared out.
    const Eigen::ArrayXd projection = 1 - solution_.front().head(modes).exp();
    const double rank = std::min({n_, batch_, input_.dimension()});
    result.diffusion = (projection * (rank / (input_.weight * projection).sum() / n_)).transpose();
  }
  return result;
}

}  // namespace muonphase
