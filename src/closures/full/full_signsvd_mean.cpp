#include "muonphase/closures/full/full_signsvd_mean.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <utility>
#include <vector>

#include "closures/full/sample_law.hpp"
#include "closures/full/unsolved.hpp"
#include "core/cholesky.hpp"
#include "muonphase/core/error.hpp"
#include "muonphase/core/matrix.hpp"

namespace muonphase {

struct FullSignSvdMean::State {
  const SampleLaw& law;
  const MeanMoments& moment;
  Eigen::MatrixXd projection;         // √(λ_j λ_l) M_jl, M = AᵀA + NᵀN
  Eigen::ArrayXd v;                   // M_jj
  Eigen::ArrayXd share;               // δ_j² = λ_j M_jj
  Eigen::ArrayXd residual_variance;   // V at each sampled point
  std::vector<Eigen::Index> leading;  // the modes of the largest shares
  bool corrected;                     // for what single samples and oblique columns do

  State(const SampleLaw& sample_law, const MeanMoments& given, bool corrections)
      : law(sample_law), moment(given), corrected(corrections) {
    const Eigen::VectorXd root = law.input().eigenvalue.sqrt().matrix();
    const Eigen::MatrixXd total = given.mean + given.covariance;
    projection = root.asDiagonal() * total * root.asDiagonal();
    v = total.diagonal().array();
    share = projection.diagonal().array();
    residual_variance = law.residual_variance(share);
    leading.resize(static_cast<std::size_t>(share.size()));
    std::iota(leading.begin(), leading.end(), 0);
    const auto count = std::min<std::ptrdiff_t>(32, share.size());
    std::partial_sort(leading.begin(), leading.begin() + count, leading.end(),
                      [&](Eigen::Index a, Eigen::Index b) { return share(a) > share(b); });
    leading.resize(static_cast<std::size_t>(count));
  }
};

// One resolvent node s: iterates the self-consistent system, docs/theory-full-closure.md §10.
class FullSignSvdMean::Node {
 public:
  Node(const State& state, double s, Refinement& refinement) : state_(state), s_(s), refinement_(refinement) {}

  // G(x): x = ln(s ρ_j), ln(s τ_o), ln(q/s) of the resolvent without one sample to the same from the equations.
  Eigen::ArrayXd next(const Eigen::ArrayXd& x, SampleLaw::Sampling sampling) {
    const Eigen::ArrayXd& lambda = state_.law.input().eigenvalue;
    const Eigen::Index d = lambda.size();
    tau_out_ = std::exp(x(d)) / s_;
    q_ = std::exp(x(d + 1)) * s_;
    state_.law.average(tau_out_, lambda * x.head(d).exp() / s_, state_.share, state_.residual_variance, sampling,
                       averages_);
    // A batch's self-energies.
    noise_ = averages_.noise * refinement_.noise;
    excess_ = lambda * averages_.excess * refinement_.excess;
    coupling_ = lambda * averages_.coupling * refinement_.coupling;
    spare_ = averages_.spare * refinement_.spare;
    solve(fraction());
    Eigen::ArrayXd y(d + 2);
    y << (s_ * rho()).log(), std::log(s_ * tau_out_), std::log(q_ / s_);
    return y;
  }

  // The refinement at an iterate near the solution.
  void refine() {
    // |Δ_j|² u_jᵀR^(out)u_j: the diagonal of F⁻¹ − F⁻¹TF⁻¹, without the difference.
    const Eigen::MatrixXd load = tau_out_ / state_.law.n_out() * state_.moment.covariance + state_.moment.mean / q_;
    const Eigen::ArrayXd outer = load.cwiseProduct(t()).rowwise().sum().array() / f_;
    Surroundings here;
    here.along = (state_.v > 0).select((outer / state_.v).max(0).min(1 / q_), 1 / q_);
    here.cross = here.along * gain_;
    here.inside = rho();
    const SampleLaw::Correction correction = correct(here);
    gather(here, correction);
    tilt(correction);
  }

  // The resolvent of the whole batch, from that without one sample; the drifts' densities in ln s are then
  // drift()/q and drift() τ_o/n.
  bool complete(double tolerance) {
    const auto next = [&](const Eigen::ArrayXd& x) {
      tau_out_ = std::exp(x(0));
      q_ = std::exp(x(1));
      solve(1);
      return Eigen::ArrayXd{{std::log(tau_out_), std::log(q_)}};
    };
    Eigen::ArrayXd x{{std::log(tau_out_), std::log(q_)}};
    return solve_fixed_point(next, x, tolerance);
  }

  double tau_out() const { return tau_out_; }
  double q() const { return q_; }

  // ρ_j and ρ_jl. E/DF is what the noise leaves where there is no signal; of its second order nothing is kept.
  Eigen::ArrayXd rho() const {
    const Eigen::ArrayXd diagonal = side_.diagonal().array(), own = j_.diagonal().array();
    // The square of what is off the diagonal of D⁻¹K F^(−1/2), of second order, takes J's diagonal alone.
    return own_excess_ / (own_ * f_) + 2 * diagonal * side_.cwiseProduct(j_).rowwise().sum().array() -
           2 * diagonal.square() * own + (side_.cwiseAbs2() * own.matrix()).array();
  }
  Eigen::MatrixXd inner() const {
    Eigen::MatrixXd result = sandwich(side_, j_, side_);
    result.diagonal() += (own_excess_ / (own_ * f_)).matrix();
    return result;
  }
  // D⁻¹K F⁻¹T, of which the drifts are multiples.
  Eigen::MatrixXd drift() const { return product<double>(side_, j_) * f_.sqrt().matrix().asDiagonal(); }

 private:
  // Of the resolvent without one sample, mode by mode: u_jᵀR^(out)u_j, R_jj/|Δ_j| of its off-diagonal block, ρ_j.
  struct Surroundings {
    Eigen::ArrayXd along, cross, inside;
  };

  // What averages leave out of one sample.
  SampleLaw::Correction correct(const Surroundings& here) const {
    const Eigen::VectorXd root = state_.law.input().eigenvalue.sqrt().matrix();
    // tr R^(out)² = −∂τ_o/∂s of the outputs: the given part, and how the spread's answers to it. The denominator is
    // small only at the edge of what first order in 1/n can tell.
    const double n = state_.law.n_out();
    const Eigen::MatrixXd given = product<double>(state_.moment.mean, t()) / q_,
                          spread = product<double>(state_.moment.covariance, t()) / n;
    const double fixed = (n - 2 * given.trace() + given.cwiseProduct(given.transpose()).sum()) / (q_ * q_);
    const double mixed = 1 - given.cwiseProduct(spread.transpose()).sum() / q_;
    const double trace_of_square =
        fixed / std::max(mixed * mixed - fixed * spread.cwiseProduct(spread.transpose()).sum(), 0.1);
    return state_.law.correction({tau_out_, trace_of_square, 1 / q_, here.along, here.cross,
                                  root.asDiagonal() * inner() * root.asDiagonal(), state_.projection, state_.leading},
                                 state_.residual_variance, averages_);
  }

  // From the mean t of one sample's effect in the resolvent R without it to the batch's self-energy, B t/(1 − Rt). In
  // mode j and direction u_j both are 2 × 2, t = ((o, k), (−k, i))/B and R = ((along, −r), (r, inside)) with
  // k = |Δ_j| K_j and r = |Δ_j| cross_j; `both` is B det t, `rest` and `hit` are det(1 − Rt) without signal and with.
  void gather(const Surroundings& here, const SampleLaw::Correction& correction) {
    const Eigen::ArrayXd &lambda = state_.law.input().eigenvalue, &v = state_.v;
    const double batch = state_.law.batch(), spare = averages_.spare * correction.spare,
                 rest = std::max(1 - spare / (q_ * batch), 0.1);
    const Eigen::ArrayXd noise = averages_.noise * correction.noise;
    const Eigen::ArrayXd coupling = lambda * averages_.coupling * correction.coupling;
    // (1/q − along)/|Δ_j|², in the form whose sum over modes is right for oblique columns too.
    const Eigen::ArrayXd shaded = here.along * f_ / q_;
    const Eigen::ArrayXd excess = lambda * averages_.excess * correction.excess + correction.lost * shaded;
    const Eigen::ArrayXd output = spare + v * excess;
    const Eigen::ArrayXd both = (output * noise + v * coupling.square()) / batch;
    const Eigen::ArrayXd hit =
        (1 - (here.along * output + 2 * v * here.cross * coupling + here.inside * noise) / batch +
         (here.along * here.inside + v * here.cross.square()) * both / batch)
            .max(0.1);
    // What is left of (o − spare)/|Δ_j|², without the difference.
    const Eigen::ArrayXd beyond =
        excess +
        (spare * (2 * here.cross * coupling - shaded * output + both * (shaded * here.inside - here.cross.square())) -
         here.inside * (excess * noise + coupling.square())) /
            batch;
    // Small differences in modes of no weight or batches of a few samples; they must stay positive.
    refinement_.noise = (correction.noise * (1 - here.along * both / noise) / hit).max(0.1);
    refinement_.coupling = (correction.coupling * (1 - here.cross * both / coupling) / hit).max(0.1);
    refinement_.excess = (beyond / (hit * rest) / (lambda * averages_.excess)).max(0.1);
    refinement_.spare = correction.spare / rest;
  }

  // Oblique columns, to first order: what F = E + K D⁻¹K and D⁻¹K have off their diagonals.
  void tilt(const SampleLaw::Correction& correction) {
    const Eigen::ArrayXd root = (fraction() * state_.law.input().eigenvalue).sqrt(), f_scale = f_.rsqrt(),
                         gain_scale = gain_.rsqrt();
    // Beyond a quarter, in modes of no weight, first order means nothing.
    constexpr double most = 0.25;
    for (Eigen::Index l = 0; l < f_.size(); ++l) {
      const Eigen::ArrayXd scale = root * root(l), coupling = scale * correction.coupling_off.col(l).array(),
                           noise = gain_(l) * scale * correction.noise_off.col(l).array();
      refinement_.f.col(l) =
          ((scale * correction.excess_off.col(l).array() + coupling * gain_(l) + gain_ * (coupling - noise)) * f_scale *
           f_scale(l))
              .max(-most)
              .min(most)
              .matrix();
      refinement_.gain.col(l) = ((coupling - noise) / own_ * gain_scale * gain_scale(l)).max(-most).min(most).matrix();
    }
    // J is positive when 1 − f is; where it is not, the columns are too oblique for first order.
    const Eigen::MatrixXd identity = Eigen::MatrixXd::Identity(f_.size(), f_.size());
    if (!Cholesky<double>(identity - refinement_.f).positive_definite()) {
      refinement_.f.setZero();
      refinement_.gain.setZero();
    }
  }

  Eigen::MatrixXd t() const {
    const auto root = f_.sqrt().matrix().asDiagonal();
    return root * j_ * root;
  }

  // Of the samples, without one.
  // At B = 1 nothing is left: F is kept positive.
  double fraction() const { return state_.corrected ? std::max(1 - 1 / state_.law.batch(), 1e-6) : 1; }

  // T = (F⁻¹ + τ_o NᵀN/n + AᵀA/q)⁻¹ = F^(1/2) J F^(1/2), then τ_o and q, at a fraction of the batch's self-energies.
  void solve(double fraction) {
    const double n = state_.law.n_out();
    own_ = s_ + fraction * noise_;
    own_excess_ = fraction * excess_;
    gain_ = fraction * coupling_ / own_;
    f_ = own_excess_ + fraction * coupling_ * gain_;
    const Eigen::ArrayXd root = f_.sqrt();
    j_ = root.matrix().asDiagonal() * (tau_out_ / n * state_.moment.covariance + state_.moment.mean / q_) *
         root.matrix().asDiagonal();
    j_ -= refinement_.f;
    j_.diagonal().array() += 1;
    j_ = Cholesky<double>(std::move(j_)).inverse();  // NaN where there is no solution: the iteration stops
    side_ = gain_.sqrt().matrix().asDiagonal() * refinement_.gain * (gain_.sqrt() / root).matrix().asDiagonal();
    side_ -= (gain_ / root).matrix().asDiagonal() * refinement_.f;
    side_.diagonal() += (gain_ / root).matrix();

    const double spread = state_.moment.covariance.cwiseProduct(t()).sum() / n;
    // τ_o q = n − tr(AᵀA T)/q, written without the difference.
    const double kept = j_.trace() - refinement_.f.cwiseProduct(j_).sum();
    tau_out_ = (n - static_cast<double>(f_.size()) + kept + tau_out_ * spread) / q_;
    q_ = s_ + fraction * spare_ + spread;
  }

  const State& state_;
  double s_;
  Refinement& refinement_;
  SampleLaw::Averages averages_;
  Eigen::ArrayXd noise_, excess_, coupling_;  // ϑ_j, E_j, K_j of the batch
  double spare_ = 0, tau_out_ = 0, q_ = 0;
  Eigen::ArrayXd own_, own_excess_, gain_, f_;  // D_j, the part of E_j in F_j, K_j/D_j, F_j
  Eigen::MatrixXd j_, side_;                    // J and D⁻¹K F^(−1/2)
};

FullSignSvdMean::FullSignSvdMean(const Problem& problem, const FullClosureOptions& options)
    : law_(std::make_shared<const SampleLaw>(problem, options)), options_(options) {
  // What these leave is far below what is of second order in 1/n.
  options_.s_step = std::max(options.s_step, 1.2);
  options_.tolerance = std::max(options.tolerance, 1e-4);
  if (!problem.input.exact()) throw StudyError("modes = binned: a given start needs exact modes");
  const Eigen::ArrayXd share = problem.input.eigenvalue * problem.energy.row(0).transpose() * problem.n_out();
  // In matrices of a few rows or columns corrections of first order in 1/n mean nothing.
  corrected_ = std::min(law_->n_out(), static_cast<double>(problem.input.nodes())) >= 8;
  path_.emplace(law_->lowest_log_s(share), law_->highest_log_s(), options_.s_step);
}

MeanRates FullSignSvdMean::operator()(const MeanMoments& moment) {
  State state(*law_, moment, corrected_);
  const Eigen::Index d = law_->input().nodes();
  const double n = law_->n_out(), unit = law_->scale(state.share);

  const bool full_rank = law_->rank() == static_cast<double>(d);
  const auto nodes = static_cast<std::size_t>(path_->nodes());
  std::vector<Eigen::MatrixXd> given(nodes), spread(nodes);  // densities of the drifts over ln s
  Eigen::MatrixXd kernel;                                    // lim s ρ
  Eigen::ArrayXd start = Eigen::ArrayXd::Zero(d + 2);
  start(d) = std::log(n);
  bool cold = refinement_.empty();
  const auto solve_node = [&](Eigen::Index i, Eigen::ArrayXd& x) {
    const auto index = static_cast<std::size_t>(i);
    const double s = path_->s(i, unit);
    if (cold && index + 1 < nodes) refinement_[index] = refinement_[index + 1];
    Node node(state, s, refinement_[index]);
    const auto next = [&](const Eigen::ArrayXd& y, SampleLaw::Sampling sampling) {
      const Eigen::ArrayXd result = node.next(y, sampling);
      if (sampling == SampleLaw::Sampling::few || !state.corrected || !result.allFinite()) return result;
      node.refine();
      return node.next(y, SampleLaw::Sampling::few);
    };
    if (!solve_sampled(next, x, options_.tolerance)) return false;
    if (!node.complete(options_.tolerance)) return false;
    const Eigen::MatrixXd density = s * node.drift();
    given[index] = density / node.q();
    spread[index] = density * (node.tau_out() / n);
    if (i == 0) kernel = s * node.inner();
    return true;
  };
  const auto solve = [&] {
    if (cold) {
      const Eigen::ArrayXd one = Eigen::ArrayXd::Ones(d);
      const Eigen::MatrixXd none = Eigen::MatrixXd::Zero(d, d);
      refinement_.assign(nodes, {one, one, one, 1, none, none});
    }
    return path_->solve(!full_rank, start, unit, solve_node);
  };
  bool converged = solve();
  if (!converged && !cold) {  // from far above, where the solution before leads nowhere
    cold = true;
    converged = solve();
  }
  // Where they leave no solution, as some targets of twenty columns do near the rank, they mean nothing either: from
  // here on all is of leading order.
  if (!converged && corrected_) {
    state.corrected = corrected_ = false;
    cold = true;
    converged = solve();
  }
  if (!converged) {
    refinement_.clear();
    throw unsolved("SignSVD", law_->batch(), law_->n_out());
  }

  MeanRates rates{2 / M_PI * path_->integral(given), 2 / M_PI * path_->integral(spread),
                  Eigen::MatrixXd::Identity(d, d)};
  if (!full_rank) {
    rates.diffusion -= kernel;
    rates.diffusion *= law_->rank() / rates.diffusion.trace();
  }
  return rates;
}

}  // namespace muonphase
