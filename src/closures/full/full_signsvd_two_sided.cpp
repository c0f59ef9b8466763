#include "muonphase/closures/full/full_signsvd_two_sided.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "closures/full/unsolved.hpp"
#include "core/cholesky.hpp"
#include "muonphase/closures/averages/gaussian_ratio.hpp"
#include "muonphase/closures/averages/sampled_modes.hpp"
#include "muonphase/closures/linear/coefficients.hpp"
#include "muonphase/core/error.hpp"
#include "muonphase/core/matrix.hpp"
#include "muonphase/core/quasi_points.hpp"

namespace muonphase {
namespace {

// The sampled variable of every node, as columns; the side's variables start at column `first` of the points.
Eigen::MatrixXd by_node(const Eigen::MatrixXd& points, Eigen::Index first, const SampledModes& sampled) {
  Eigen::MatrixXd expanded(points.rows(), static_cast<Eigen::Index>(sampled.variable.size()));
  for (Eigen::Index j = 0; j < expanded.cols(); ++j)
    expanded.col(j) = points.col(first + sampled.variable[static_cast<std::size_t>(j)]);
  return expanded;
}

// X with the given weighted row and column sums, of the form X_kj = r_k Y_kj c_j (Sinkhorn's iteration).
Eigen::ArrayXXd balanced(const Eigen::MatrixXd& y, const Spectrum& out, const Spectrum& in, const Eigen::ArrayXd& row,
                         const Eigen::ArrayXd& column) {
  Eigen::ArrayXd r = Eigen::ArrayXd::Ones(y.rows()), c = Eigen::ArrayXd::Ones(y.cols());
  for (int iteration = 0; iteration < 200; ++iteration) {
    r = row / (y * (in.weight * c).matrix()).array();
    const Eigen::ArrayXd next = column / (y.transpose() * (out.weight * r).matrix()).array();
    const double change = (next / c - 1).abs().maxCoeff();
    c = next;
    if (change < 1e-12) break;
  }
  return y.array() * (r.matrix() * c.matrix().transpose()).array();
}

// The resolvent of a given signal in noise: of [[D_o, S], [−Sᵀ, D_i]]^(−1) the diagonals of the diagonal blocks, and
// minus the block off them, D_o and D_i diagonal.
struct SignalResolvent {
  Eigen::ArrayXd out, in;
  Eigen::MatrixXd mixed;
};

SignalResolvent signal_resolvent(const Eigen::ArrayXd& own_out, const Eigen::ArrayXd& own_in,
                                 const Eigen::MatrixXd& signal) {
  if (own_out.size() > own_in.size()) {
    SignalResolvent other = signal_resolvent(own_in, own_out, signal.transpose());
    return {std::move(other.in), std::move(other.out), other.mixed.transpose()};
  }
  const auto root_out = own_out.rsqrt().matrix().asDiagonal(), root_in = own_in.rsqrt().matrix().asDiagonal();
  const Eigen::MatrixXd t = root_out * signal * root_in;
  const Eigen::Index n = t.rows();
  const Eigen::MatrixXd inverse =
      Cholesky<double>(Eigen::MatrixXd::Identity(n, n) + product<double>(t, t.transpose())).inverse();
  const Eigen::MatrixXd x = product<double>(inverse, t);
  return {inverse.diagonal().array() / own_out,
          (1 - t.cwiseProduct(x).colwise().sum().transpose().array()).max(1e-12) / own_in, root_out * x * root_in};
}

// Shares from which an entry's coupling is sampled jointly rather than composed of its row's and its column's.
constexpr double strong_share = 0.01;

}  // namespace

struct FullSignSvdTwoSided::State {
  const Eigen::MatrixXd& mean;        // A, or empty
  const Eigen::ArrayXXd& random;      // v_kj of what is random
  Eigen::ArrayXXd share;              // δ_kj² = λ_kλ_j v_kj
  Eigen::ArrayXXd product;            // λ_kλ_j
  double total;                       // 2R
  Eigen::ArrayXd variance;            // V at each point
  Eigen::MatrixXd pull_out, pull_in;  // a_k² ∂V/∂a_k², c_j² ∂V/∂c_j² per mode at each point
  std::vector<std::pair<Eigen::Index, Eigen::Index>> strong;
};

// One resolvent node s: iterates the self-consistent system, docs/theory-full-closure.md §8.
struct FullSignSvdTwoSided::Node {
  const FullSignSvdTwoSided& closure;
  const State& state;
  double s;
  Eigen::ArrayXXd gain;  // λ_kλ_j C_kj
  Eigen::ArrayXd rho_out, rho_in;
  Eigen::MatrixXd mixed;  // of the given signal's resolvent

  Eigen::ArrayXd next(const Eigen::ArrayXd& x) {
    const Spectrum &out = closure.problem_.output, &in = closure.problem_.input;
    const Eigen::MatrixXd &a = closure.square_out_, &c = closure.square_in_;
    const Eigen::Index n = out.nodes(), d = in.nodes();
    const double batch = closure.problem_.batch, points = static_cast<double>(a.rows());
    rho_out = x.head(n).exp() / s;
    rho_in = x.tail(d).exp() / s;
    const Eigen::ArrayXd t_out = out.eigenvalue * rho_out, t_in = in.eigenvalue * rho_in;
    const Eigen::ArrayXd tau_out = (a * (out.weight * t_out).matrix()).array();
    const Eigen::ArrayXd tau_in = (c * (in.weight * t_in).matrix()).array();
    const Eigen::ArrayXd& v = state.variance;
    evaluate_gaussian_ratio(tau_out * tau_in * v / (batch * batch), ratio);
    const Eigen::ArrayXd& h = ratio.first;
    const Eigen::ArrayXd& g = ratio.first_slope;

    // E[a_k² F] and E[c_j² F] by parts, as in FullSignSvd: the sampled averages multiply what is small for weak modes.
    Eigen::MatrixXd by_variance(a.rows(), 3), by_tau_in(a.rows(), 2), by_tau_out(a.rows(), 2);
    by_variance.col(0) = (tau_out * (h + g)).matrix();
    by_variance.col(1) = (tau_in * (h + g)).matrix();
    by_variance.col(2) = (g / v).matrix();
    by_tau_in.col(0) = (tau_out * v * g / tau_in).matrix();
    by_tau_in.col(1) = (g / tau_in).matrix();
    by_tau_out.col(0) = (tau_in * v * g / tau_out).matrix();
    by_tau_out.col(1) = (g / tau_out).matrix();
    const Eigen::MatrixXd in_variance = state.pull_in.transpose() * by_variance / points;
    const Eigen::MatrixXd out_variance = state.pull_out.transpose() * by_variance / points;
    const Eigen::MatrixXd in_tau = c.transpose() * by_tau_in / points, out_tau = a.transpose() * by_tau_out / points;
    const Eigen::ArrayXd noise_in =
        in.eigenvalue / batch *
        ((tau_out * v * h).mean() + 2 * (in_variance.col(0).array() + t_in * in_tau.col(0).array()));
    const Eigen::ArrayXd noise_out =
        out.eigenvalue / batch *
        ((tau_in * v * h).mean() + 2 * (out_variance.col(1).array() + t_out * out_tau.col(0).array()));
    const double mean = h.mean();
    const Eigen::ArrayXd from_in = 1 + 2 * (in_variance.col(2).array() + t_in * in_tau.col(1).array()) / mean;
    const Eigen::ArrayXd from_out = 1 + 2 * (out_variance.col(2).array() + t_out * out_tau.col(1).array()) / mean;
    Eigen::ArrayXXd coupling = mean * (from_out.matrix() * from_in.matrix().transpose()).array();
    for (const auto& [k, j] : state.strong) {
      const Eigen::ArrayXd both = a.col(k).array() * c.col(j).array();  // of mean one but for the points
      const double joint = (both * h).sum() / both.sum();
      const double weight = std::min(1.0, state.share(k, j) / state.total / strong_share - 1);
      coupling(k, j) = std::lerp(coupling(k, j), joint, weight);
    }

    gain = state.product * coupling;
    const Eigen::MatrixXd random = (gain.square() * state.random).matrix();  // S_kj²
    const Eigen::ArrayXd own_out = s + noise_out + (random * (in.weight * rho_in).matrix()).array();
    const Eigen::ArrayXd own_in = s + noise_in + (random.transpose() * (out.weight * rho_out).matrix()).array();
    Eigen::ArrayXd y(n + d);
    if (state.mean.size() == 0) {
      y << -(own_out / s).log(), -(own_in / s).log();
    } else {
      SignalResolvent resolvent = signal_resolvent(own_out, own_in, (gain * state.mean.array()).matrix());
      y << (s * resolvent.out).log(), (s * resolvent.in).log();
      mixed = std::move(resolvent.mixed);
    }
    return y;
  }

  GaussianRatio ratio;
};

FullSignSvdTwoSided::FullSignSvdTwoSided(const Problem& problem, const FullClosureOptions& options)
    : problem_(problem), options_(options) {
  if (problem.noise_dominated())
    throw StudyError("batch = infinite: the full closure needs a finite batch (closure = \"linear\" takes it)");
  const SampledModes out(problem.output, options.leading_modes), in(problem.input, options.leading_modes);
  Eigen::ArrayXd dof(out.dof.size() + in.dof.size());
  dof << out.dof, in.dof;
  const Eigen::MatrixXd points = chi_square_points(options.points, dof);
  square_out_ = by_node(points, 0, out);
  square_in_ = by_node(points, out.dof.size(), in);
  weak_diffusion_ = signsvd_coefficients(problem).diffusion.matrix();

  const Eigen::ArrayXXd share =
      (problem.output.eigenvalue.matrix() * problem.input.eigenvalue.matrix().transpose()).array() * problem.energy;
  const double total = 2 * population_risk(problem, problem.energy);
  const double smallest =
      std::max(problem.output.trace() * problem.input.smallest(), problem.input.trace() * problem.output.smallest());
  const double low = std::min(0.0, std::log(std::sqrt(total * smallest / problem.batch) / scale(share, total))) - 7;
  path_.emplace(low, 6.5, options.s_step);
}

// An upper bound, up to constants, of the gradient's singular values: its noise and its signal.
double FullSignSvdTwoSided::scale(const Eigen::ArrayXXd& share, double total) const {
  const Spectrum &out = problem_.output, &in = problem_.input;
  const double batch = problem_.batch, traces = out.trace() * in.trace();
  const double noise =
      total * ((out.trace() * in.largest() + in.trace() * out.largest()) / batch + traces / (batch * batch));
  const Eigen::MatrixXd signal =
      ((out.eigenvalue.matrix() * in.eigenvalue.matrix().transpose()).array() * share).matrix();
  const double row = (signal * in.weight.matrix()).maxCoeff(),
               column = (signal.transpose() * out.weight.matrix()).maxCoeff();
  return std::sqrt(noise + std::max(row, column));
}

ModeRates FullSignSvdTwoSided::operator()(const Eigen::ArrayXXd& energy) {
  EntryRates rates = (*this)(EntryMoments{{}, energy});
  return {std::move(rates.rate), std::move(rates.diffusion)};
}

EntryRates FullSignSvdTwoSided::operator()(const EntryMoments& moment) {
  const Spectrum &out = problem_.output, &in = problem_.input;
  const Eigen::Index n = out.nodes(), d = in.nodes();
  const bool given = moment.mean.size() > 0;
  if (given && !(out.exact() && in.exact())) throw StudyError("modes = binned: a given start needs exact modes");
  State state{moment.mean, moment.variance, {}, {}, 0, {}, {}, {}, {}};
  state.product = (out.eigenvalue.matrix() * in.eigenvalue.matrix().transpose()).array();
  const Eigen::ArrayXXd energy =
      given ? Eigen::ArrayXXd(moment.mean.array().square() + moment.variance) : moment.variance;
  state.share = state.product * energy;
  state.total = 2 * population_risk(problem_, energy);
  if (!(state.total > 0))
    throw StudyError("the full closure needs a positive risk: there is neither signal nor label noise");
  const Eigen::MatrixXd weighted =
      out.weight.matrix().asDiagonal() * state.share.matrix() * in.weight.matrix().asDiagonal();
  const Eigen::MatrixXd along_in = product<double>(square_out_, weighted);  // Σ_k w_k a_k² δ_kj² w_j
  state.variance =
      (along_in.array() * square_in_.array()).rowwise().sum() + problem_.label_noise * problem_.label_noise;
  state.pull_in = (along_in * in.weight.inverse().matrix().asDiagonal()).cwiseProduct(square_in_);
  state.pull_out = (product<double>(square_in_, weighted.transpose()) * out.weight.inverse().matrix().asDiagonal())
                       .cwiseProduct(square_out_);
  for (Eigen::Index j = 0; j < d; ++j)
    for (Eigen::Index k = 0; k < n; ++k)
      if (state.share(k, j) > strong_share * state.total) state.strong.emplace_back(k, j);

  const double unit = scale(state.share, state.total);
  // Densities over ln s of the drift of what is random, and of the mean step.
  Eigen::ArrayXXd density(n * d, path_->nodes());
  std::vector<Eigen::MatrixXd> mean_density(static_cast<std::size_t>(given ? path_->nodes() : 0));
  const auto solve_node = [&](Eigen::Index i, Eigen::ArrayXd& x) {
    const double s = path_->s(i, unit);
    Node node{*this, state, s, {}, {}, {}, {}, {}};
    const bool done = solve_fixed_point([&](const Eigen::ArrayXd& y) { return node.next(y); }, x, options_.tolerance);
    density.col(i) = (s * node.gain * (node.rho_out.matrix() * node.rho_in.matrix().transpose()).array()).reshaped();
    if (given) mean_density[static_cast<std::size_t>(i)] = s * node.mixed;
    return done || i == 0;  // the limit s → 0 may be slow, and is corrected for below
  };
  // From far above where the solution before leads nowhere.
  const Eigen::ArrayXd start = Eigen::ArrayXd::Zero(n + d);
  if (!path_->solve(true, start, unit, solve_node) && !path_->solve(true, start, unit, solve_node))
    throw unsolved("SignSVD", problem_.batch, problem_.n_out());

  EntryRates result;
  result.rate = 2 / M_PI * path_->integral(density).reshaped(n, d);
  if (given) result.step = 2 / M_PI * path_->integral(mean_density);
  // Marginals of the diffusion: the projections on the column and row spaces, whose sums are the rank.
  const double rank = std::min({problem_.n_out(), problem_.n_in(), problem_.batch});
  const auto marginal = [&](const Spectrum& side, const Eigen::ArrayXd& kept) -> Eigen::ArrayXd {
    if (side.dimension() == rank) return Eigen::ArrayXd::Ones(side.nodes());
    return kept * (rank / (side.weight * kept).sum());
  };
  const Eigen::ArrayXd row = marginal(out, 1 - path_->limit().head(n).exp());
  const Eigen::ArrayXd column = marginal(in, 1 - path_->limit().tail(d).exp());
  // What the mean step does is no noise: the linear closure's shape is that of the rest.
  Eigen::MatrixXd drift = (result.rate.square() * moment.variance).matrix();
  if (given) drift += result.step.cwiseAbs2();
  const auto rest = [](const Eigen::ArrayXd& whole, const Eigen::VectorXd& mean) -> Eigen::ArrayXd {
    return (whole - mean.array()).max(1e-6 * whole);
  };
  result.diffusion = drift.array() + balanced(weak_diffusion_, out, in, rest(row, drift * in.weight.matrix()),
                                              rest(column, drift.transpose() * out.weight.matrix()));
  return result;
}

}  // namespace muonphase
