#include "muonphase/equivalent/full_signsvd_given.hpp"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "muonphase/error.hpp"
#include "sample_law.hpp"

namespace muonphase {
// One resolvent node s: iterates the self-consistent system, docs/theory-full-closure.md §10.
struct FullSignSvdGiven::Node {
  const SampleLaw& law;
  double s;
  const GivenMoment& moment;
  const Eigen::ArrayXd& share;              // δ_j² = λ_j M_jj
  const Eigen::ArrayXd& residual_variance;  // V at each sampled point
  // At the last iterate: τ_o, q, the matrix T = (F^(−1) + (τ_o/n) NᵀN + AᵀA/q)^(−1) and K/((s+ϑ)F).
  double tau_out, q;
  Eigen::MatrixXd t;
  Eigen::ArrayXd gain;

  // G(x): x = ln(s ρ_j), ln(s τ_o), ln(q/s) to the same from the equations.
  Eigen::ArrayXd next(const Eigen::ArrayXd& x) {
    const Eigen::ArrayXd& lambda = law.input().eigenvalue;
    const Eigen::Index d = lambda.size();
    const double n = law.n_out();
    tau_out = std::exp(x(d)) / s;
    q = std::exp(x(d + 1)) * s;
    law.average(tau_out, lambda * x.head(d).exp() / s, share, residual_variance, averages);

    const Eigen::ArrayXd k = lambda * averages.coupling, own = s + averages.noise;
    const Eigen::ArrayXd excess = lambda * averages.excess, f = excess + k.square() / own;
    const auto root = f.sqrt().matrix().asDiagonal();
    Eigen::MatrixXd inverse = root * (tau_out / n * moment.spread + moment.given / q) * root;
    inverse.diagonal().array() += 1;
    t = root * inverse.llt().solve(Eigen::MatrixXd::Identity(d, d)) * root;
    gain = k / (own * f);

    const double spread = moment.spread.cwiseProduct(t).sum() / n;
    Eigen::ArrayXd y(d + 2);
    y.head(d) = (s * (excess / (own * f) + gain.square() * t.diagonal().array())).log();
    // τ_o q = n − tr(AᵀA T)/q, written without the difference.
    y(d) = std::log(s / q * (n - static_cast<double>(d) + (t.diagonal().array() / f).sum() + tau_out * spread));
    y(d + 1) = std::log((s + averages.spare + spread) / s);
    return y;
  }

  SampleLaw::Averages averages;
};

FullSignSvdGiven::FullSignSvdGiven(const Problem& problem, const FullClosureOptions& options)
    : law_(std::make_shared<const SampleLaw>(problem, options)), options_(options) {
  if (!problem.input.exact()) throw StudyError("modes = binned: a given start needs exact modes");
  const Eigen::ArrayXd share = problem.input.eigenvalue * problem.energy.row(0).transpose() * problem.n_out();
  path_.emplace(law_->lowest_log_s(share), 6.5, options.s_step);
}

GivenRates FullSignSvdGiven::operator()(const GivenMoment& moment) {
  const Eigen::ArrayXd& lambda = law_->input().eigenvalue;
  const Eigen::Index d = lambda.size();
  const double n = law_->n_out();
  const Eigen::ArrayXd share = lambda * (moment.given.diagonal() + moment.spread.diagonal()).array();
  const double unit = law_->scale(share);
  const Eigen::ArrayXd residual_variance = law_->residual_variance(share);

  const bool full_rank = law_->rank() == static_cast<double>(d);
  const auto nodes = static_cast<std::size_t>(path_->nodes());
  std::vector<Eigen::MatrixXd> given(nodes), spread(nodes);  // densities of the drifts over ln s
  Eigen::MatrixXd kernel;                                    // lim s ρ, off its diagonal
  Eigen::ArrayXd start = Eigen::ArrayXd::Zero(d + 2);
  start(d) = std::log(n);
  const bool converged = path_->solve(!full_rank, start, [&](Eigen::Index i, Eigen::ArrayXd& x) {
    const double s = path_->s(i, unit);
    Node node{*law_, s, moment, share, residual_variance, 0, 0, {}, {}, {}};
    const bool done = solve_fixed_point([&](const Eigen::ArrayXd& y) { return node.next(y); }, x, options_.tolerance);
    const Eigen::MatrixXd density = s * (node.gain.matrix().asDiagonal() * node.t);
    given[static_cast<std::size_t>(i)] = density / node.q;
    spread[static_cast<std::size_t>(i)] = density * (node.tau_out / n);
    if (i == 0) kernel = density * node.gain.matrix().asDiagonal();
    return done;
  });
  if (!converged)
    throw NumericalError("the full closure of SignSVD did not converge at batch " + std::to_string(law_->batch()));

  GivenRates rates{2 / M_PI * path_->integral(given), 2 / M_PI * path_->integral(spread),
                   Eigen::MatrixXd::Identity(d, d)};
  if (!full_rank) {
    const Eigen::ArrayXd projection = 1 - path_->limit().head(d).exp();
    rates.diffusion = -kernel;
    rates.diffusion.diagonal() = projection.matrix();
    rates.diffusion *= law_->rank() / projection.sum();
  }
  return rates;
}

}  // namespace muonphase
