#include "muonphase/closures/full/full_signsvd.hpp"

#include <algorithm>
#include <cmath>

#include "closures/full/sample_law.hpp"
#include "closures/full/unsolved.hpp"
#include "muonphase/core/error.hpp"

namespace muonphase {
// One resolvent node s: iterates the self-consistent system, docs/theory-full-closure.md §3.
struct FullSignSvd::Node {
  const SampleLaw& law;
  double s;
  const Eigen::ArrayXd& share;              // δ_j² = λ_j v_j
  const Eigen::ArrayXd& residual_variance;  // V at each sampled point
  Eigen::ArrayXd coupling, determinant;     // C_j and (q+e_j)(s+ϑ_j) + S_j² at the last iterate

  // G(x): x = ln(s ρ_j), ln(s τ_o) to the same from the equations.
  Eigen::ArrayXd next(const Eigen::ArrayXd& x, SampleLaw::Sampling sampling) {
    const Eigen::ArrayXd& lambda = law.input().eigenvalue;
    const Eigen::Index modes = lambda.size();
    const double n = law.n_out(), tau_out = std::exp(x(modes)) / s;
    law.average(tau_out, lambda * x.head(modes).exp() / s, share, residual_variance, sampling, averages);
    coupling = averages.coupling;
    // e_j: what mode j's own signal adds to the noise along its output direction.
    const Eigen::ArrayXd extra = share * averages.excess;
    const Eigen::ArrayXd signal = lambda * share * coupling.square();  // S_j²

    const double q = n / tau_out;
    determinant = (q + extra) * (s + averages.noise) + signal;
    const Eigen::ArrayXd load = extra + signal / (s + averages.noise);
    Eigen::ArrayXd y(modes + 1);
    y.head(modes) = (s * (q + extra) / determinant).log();
    y(modes) = std::log(s * n / (s + averages.spare + (law.input().weight * q * load / (q + load)).sum() / n));
    return y;
  }

  SampleLaw::Averages averages;
};

FullSignSvd::FullSignSvd(const Problem& problem, const FullClosureOptions& options)
    : law_(std::make_shared<const SampleLaw>(problem, options)), options_(options) {
  // From far below the singular values of the weakest mode's noise to above all of them; both ends are completed
  // geometrically in operator().
  const Eigen::ArrayXd share = problem.input.eigenvalue * problem.energy.row(0).transpose() * problem.n_out();
  path_.emplace(law_->lowest_log_s(share), law_->highest_log_s(), options.s_step);
}

ModeRates FullSignSvd::operator()(const Eigen::ArrayXXd& energy) {
  const Spectrum& input = law_->input();
  const double n = law_->n_out();
  const Eigen::Index modes = input.nodes();
  const Eigen::ArrayXd share = input.eigenvalue * energy.row(0).transpose() * n;
  const double unit = law_->scale(share);
  const Eigen::ArrayXd residual_variance = law_->residual_variance(share);

  const bool full_rank = law_->rank() == input.dimension();  // every mode then lies in the row space: V_j = 1
  Eigen::ArrayXXd density(modes, path_->nodes());            // of the drift over ln s
  Eigen::ArrayXd start = Eigen::ArrayXd::Zero(modes + 1);
  start(modes) = std::log(n);
  const auto solve_node = [&](Eigen::Index i, Eigen::ArrayXd& x) {
    const double s = path_->s(i, unit);
    Node node{*law_, s, share, residual_variance, {}, {}, {}};
    const auto next = [&](const Eigen::ArrayXd& y, SampleLaw::Sampling sampling) { return node.next(y, sampling); };
    const bool done = solve_sampled(next, x, options_.tolerance);
    density.col(i) = s * input.eigenvalue * node.coupling / node.determinant;
    return done;
  };
  // From far above where the solution before leads nowhere.
  if (!path_->solve(!full_rank, start, unit, solve_node) && !path_->solve(!full_rank, start, unit, solve_node))
    throw unsolved("SignSVD", law_->batch(), law_->n_out());

  ModeRates result;
  result.rate = 2 / M_PI * path_->integral(density).transpose();
  if (full_rank) {
    result.diffusion = Eigen::ArrayXXd::Constant(1, modes, 1 / n);
  } else {
    // The closure keeps the rank to a fraction of a per cent; what it misses is shared out.
    const Eigen::ArrayXd projection = 1 - path_->limit().head(modes).exp();
    result.diffusion = (projection * (law_->rank() / (input.weight * projection).sum() / n)).transpose();
  }
  return result;
}

}  // namespace muonphase
