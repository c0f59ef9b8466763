#include "muonphase/closures/full/layer_signsvd.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "closures/full/unsolved.hpp"
#include "core/cholesky.hpp"
#include "muonphase/core/error.hpp"
#include "muonphase/core/matrix.hpp"
#include "muonphase/core/quasi_points.hpp"

namespace muonphase {
namespace {

Eigen::MatrixXd symmetric_part(const Eigen::MatrixXd& matrix) {
  return 0.5 * (matrix + matrix.transpose());
}

Eigen::MatrixXd one_plus(const Eigen::MatrixXd& matrix) {
  Eigen::MatrixXd result = symmetric_part(matrix);
  result.diagonal().array() += 1;
  return result;
}

// L with LLᵀ the matrix, which may lack ranks: its diagonal is raised as little as its factors need.
Eigen::MatrixXd lower_root(const Eigen::MatrixXd& matrix) {
  const Eigen::VectorXd root = matrix.diagonal().cwiseMax(1e-300).cwiseSqrt();
  Eigen::MatrixXd scaled = root.cwiseInverse().asDiagonal() * symmetric_part(matrix) * root.cwiseInverse().asDiagonal();
  for (double raised = 1e-13;; raised *= 10) {
    scaled.diagonal().setConstant(1 + raised);
    const Cholesky<double> factors(scaled);
    if (factors.positive_definite() || raised > 1)
      return root.asDiagonal() * Eigen::MatrixXd(factors.lower().triangularView<Eigen::Lower>());
  }
}

// A symmetric matrix as the logarithms of its diagonal and its correlations below that.
void put(const Eigen::MatrixXd& matrix, double unit, Eigen::ArrayXd& x, Eigen::Index diagonal, Eigen::Index off) {
  const Eigen::Index d = matrix.rows();
  const Eigen::ArrayXd scale = matrix.diagonal().array().rsqrt();
  for (Eigen::Index j = 0; j < d; ++j) {
    x(diagonal + j) = std::log(matrix(j, j) / unit);
    const Eigen::Index count = d - j - 1;
    x.segment(off, count) = matrix.col(j).tail(count).array() * scale.tail(count) * scale(j);
    off += count;
  }
}

// The matrix again. On the way to a solution correlations may be too large for a positive matrix: they are drawn in.
Eigen::MatrixXd taken(const Eigen::ArrayXd& x, double unit, Eigen::Index d, Eigen::Index diagonal, Eigen::Index off) {
  Eigen::MatrixXd correlation(d, d);
  for (Eigen::Index j = 0; j < d; ++j) {
    const Eigen::Index count = d - j - 1;
    correlation(j, j) = 1;
    correlation.col(j).tail(count) = x.segment(off, count).matrix();
    correlation.row(j).tail(count) = correlation.col(j).tail(count).transpose();
    off += count;
  }
  for (int round = 0; round < 40 && !Cholesky<double>(correlation).positive_definite(); ++round) {
    correlation *= 0.8;
    correlation.diagonal().setOnes();
  }
  const Eigen::VectorXd root = ((0.5 * x.segment(diagonal, d)).exp() * std::sqrt(unit)).matrix();
  return root.asDiagonal() * correlation * root.asDiagonal();
}

}  // namespace

// Sizes at s → ∞, where R = 1/s: s a = 2R, s t = tr Σ.
struct LayerSignSvd::Scale {
  double twice_risk, trace, unit;
};

// One resolvent node s.
class LayerSignSvd::Node {
 public:
  Node(const LayerSignSvd& of, const Eigen::MatrixXd& root_of_moment, const Scale& scale, double s)
      : of_(of), root_of_moment_(root_of_moment), scale_(scale), s_(s), root_(of.eigenvalue_.sqrt()) {}

  static Eigen::Index unknowns(Eigen::Index d) { return 3 * d + 1 + 3 * (d * (d - 1) / 2); }

  Eigen::ArrayXd next(const Eigen::ArrayXd& x) {
    const Eigen::Index d = root_.size(), off = 3 * d + 1, pairs = d * (d - 1) / 2;
    const double input = scale_.twice_risk / s_, output = scale_.trace / s_;
    const double spare = std::exp(x(3 * d)) * output;
    solve(taken(x, input, d, 0, off), taken(x, output, d, d, off + pairs), taken(x, 1, d, 2 * d, off + 2 * pairs),
          spare);
    average();

    Eigen::ArrayXd y(x.size());
    put(noise_, input, y, 0, off);
    put(excess_, output, y, d, off + pairs);
    put(coupling_, 1, y, 2 * d, off + 2 * pairs);
    y(3 * d) = std::log(spare_ / output);
    return y;
  }

  double q() const { return q_; }
  /// Of which the drifts are multiples, and the block of the inputs.
  const Eigen::MatrixXd& drift() const { return drift_; }
  const Eigen::MatrixXd& inner() const { return inner_; }

 private:
  // The resolvent's blocks at self-energies that are averages over samples, and the three forms of a sample in them.
  // P = M/q is what outputs without the signal's own self-energy make of M = ΔᵀΔ.
  void solve(const Eigen::MatrixXd& noise, const Eigen::MatrixXd& excess, const Eigen::MatrixXd& coupling,
             double spare) {
    const double n = of_.n_, d = static_cast<double>(root_.size());
    const auto root = root_.matrix().asDiagonal();
    Eigen::MatrixXd own = root * noise * root / of_.batch_;
    own.diagonal().array() += s_;
    const Eigen::MatrixXd e = root * excess * root / of_.batch_, k = root * coupling * root;
    q_ = s_ + of_.noise_variance_ * spare / of_.batch_;

    // All by the Cholesky factor P = CCᵀ: sums of positive parts, however far apart these are.
    const Eigen::MatrixXd c = root_of_moment_ / std::sqrt(q_);
    const Eigen::MatrixXd f = e + symmetric_part(product<double>(k, Cholesky<double>(own).solve(k)));
    const Cholesky<double> outputs(one_plus(transposed_sandwich(c, f, c))),
        without(one_plus(transposed_sandwich(c, e, c)));
    const Eigen::MatrixXd a = outputs.solve_lower(c.transpose()), b = without.solve_lower(c.transpose());
    const Eigen::MatrixXd g = gram<double>(b);  // P(1 + EP)⁻¹
    inner_ = Cholesky<double>(own + symmetric_part(sandwich(k, g, k))).inverse();
    const Eigen::MatrixXd answer = product<double>(k, inner_);
    // (1 + EP)⁻¹K R22
    drift_ = c.transpose()
                 .triangularView<Eigen::Upper>()
                 .solve(without.solve(transposed_product<double>(c, answer)))
                 .transpose();

    form_a_ = root * gram<double>(a) * root;
    form_b_ = root * symmetric_part(product<double>(g, answer)) * root;
    form_t_ = root * inner_ * root;

    const double kept = outputs.inverse().trace();  // tr (1 + FP)⁻¹
    tau_out_ = (n - d + kept) / q_;
  }

  // E[ccᵀF] = E[F] + 2 Σ E[∂F ccᵀ] W over the forms cᵀWc, E[∂F ccᵀ] sampled where modes are.
  void average() {
    const Eigen::Index d = root_.size(), leading = of_.point_.cols(), points = of_.point_.rows();
    const double batch = of_.batch_, square = batch * batch;
    const auto form = [&](const Eigen::MatrixXd& w, double rest) -> Eigen::ArrayXd {
      const Eigen::MatrixXd pull = product<double>(of_.point_, w.topLeftCorner(leading, leading));
      return pull.cwiseProduct(of_.point_).rowwise().sum().array() + (w.diagonal().tail(d - leading).sum() + rest);
    };
    const Eigen::ArrayXd a = form(form_a_, of_.noise_variance_ * tau_out_), b = form(form_b_, 0), t = form(form_t_, 0);
    const Eigen::ArrayXd u = 1 + b / batch, determinant = u.square() + a * t / square;
    const Eigen::ArrayXd inverse = 1 / determinant, second = inverse.square();
    const auto moment = [&](const Eigen::ArrayXd& weight) -> Eigen::MatrixXd {
      Eigen::MatrixXd result = weight.mean() * Eigen::MatrixXd::Identity(d, d);
      result.topLeftCorner(leading, leading) =
          transposed_product<double>(of_.point_, weight.matrix().asDiagonal() * of_.point_) /
          static_cast<double>(points);
      return result;
    };
    const Eigen::MatrixXd uu = moment(u.square() * second), au = moment(a * u * second),
                          aa = moment(a.square() * second), tt = moment(t.square() * second),
                          ut = moment(u * t * second), one = moment(inverse);
    const auto with = [&](double mean, const Eigen::MatrixXd& by_a, const Eigen::MatrixXd& by_b,
                          const Eigen::MatrixXd& by_t) {
      Eigen::MatrixXd result = 2 * symmetric_part(product<double>(by_a, form_a_) + product<double>(by_b, form_b_) +
                                                  product<double>(by_t, form_t_));
      result.diagonal().array() += mean;
      return result;
    };
    noise_ = with((a * inverse).mean(), uu, -2 / batch * au, -1 / square * aa);
    excess_ = with((t * inverse).mean(), -1 / square * tt, -2 / batch * ut, uu);
    coupling_ = with((u * inverse).mean(), -1 / square * ut, (one - 2 * uu) / batch, -1 / square * au);
    // Sampling must leave them positive in modes that hold nearly everything.
    const auto keep = [](Eigen::MatrixXd& matrix, double mean) {
      matrix.diagonal() = matrix.diagonal().cwiseMax(1e-3 * mean);
    };
    keep(noise_, (a * inverse).mean());
    keep(excess_, (t * inverse).mean());
    keep(coupling_, (u * inverse).mean());
    spare_ = (t * inverse).mean();
  }

  const LayerSignSvd& of_;
  const Eigen::MatrixXd& root_of_moment_;  // of M = ΔᵀΔ
  const Scale& scale_;
  double s_;
  Eigen::ArrayXd root_;                        // √λ
  Eigen::MatrixXd noise_, excess_, coupling_;  // E[ccᵀa/D], E[ccᵀt/D], E[ccᵀ(1 + b/B)/D]
  double spare_ = 0, tau_out_ = 0, q_ = 0;     // E[t/D], tr R11, s and the label noise
  Eigen::MatrixXd inner_, drift_;              // R22, R22 K (1 + PE)⁻¹
  Eigen::MatrixXd form_a_, form_b_, form_t_;
};

LayerSignSvd::LayerSignSvd(const Problem& problem, const FullClosureOptions& options)
    : eigenvalue_(problem.input.eigenvalue),
      n_(problem.n_out()),
      batch_(problem.batch),
      noise_variance_(problem.label_noise * problem.label_noise),
      options_(options) {
  if (!problem.output.isotropic() && noise_variance_ > 0)
    throw StudyError("closure = full: SignSVD's full closure of the linear layer needs isotropic output noise");
  if (problem.noise_dominated())
    throw StudyError("batch = infinite: the full closure needs a finite batch (closure = \"linear\" takes it)");
  if (!problem.input.exact()) throw StudyError("modes = binned: a given start needs exact modes");
  // What these leave is below what is of second order in 1/n.
  options_.s_step = std::max(options.s_step, 1.2);
  options_.tolerance = std::max(options.tolerance, 1e-4);
  const int leading = static_cast<int>(std::min<Eigen::Index>(options.leading_modes / 3, eigenvalue_.size()));
  point_ = gaussian_points(std::max(64, options.points / 4), leading);
  // Points whose second moment is exact leave the fluctuations of second order only.
  Cholesky<double>(gram<double>(point_) / static_cast<double>(point_.rows())).divide_by_transpose(view(point_));
}

MomentRates LayerSignSvd::operator()(const Eigen::MatrixXd& moment) {
  const Eigen::Index d = eigenvalue_.size();
  const Eigen::ArrayXd share = eigenvalue_ * moment.diagonal().array();
  Scale scale{share.sum() + n_ * noise_variance_, eigenvalue_.sum(), 0};
  if (!(scale.twice_risk > 0))
    throw StudyError("the full closure needs a positive risk: there is neither signal nor label noise");
  const double noise = (n_ * eigenvalue_.maxCoeff() + scale.trace) / batch_ + n_ * scale.trace / (batch_ * batch_);
  scale.unit = std::sqrt(scale.twice_risk / n_ * noise + (eigenvalue_ * share).maxCoeff());
  if (!path_) {
    const double floor =
        std::sqrt(scale.twice_risk / n_ * eigenvalue_.minCoeff() * std::max(1.0, n_ / batch_) / batch_);
    path_.emplace(std::min(0.0, std::log(floor / scale.unit)) - 5.5, 4, options_.s_step);
  }

  const double rank = std::min({n_, batch_, static_cast<double>(d)});
  const bool full_rank = rank == static_cast<double>(d);
  const Eigen::MatrixXd root = lower_root(moment);
  std::vector<Eigen::MatrixXd> density(static_cast<std::size_t>(path_->nodes()));  // of the drift over ln s
  Eigen::MatrixXd kernel;                                                          // lim s R22
  // The lowest node of the integral is near enough to s → 0, as the rank is known.
  const Eigen::ArrayXd start = Eigen::ArrayXd::Zero(Node::unknowns(d));
  const auto solve_node = [&](Eigen::Index i, Eigen::ArrayXd& x) {
    const double s = path_->s(i, scale.unit);
    Node node(*this, root, scale, s);
    if (!solve_fixed_point([&](const Eigen::ArrayXd& y) { return node.next(y); }, x, options_.tolerance)) return false;
    density[static_cast<std::size_t>(i)] = s / node.q() * node.drift();
    if (i == 1) kernel = s * node.inner();
    return true;
  };
  // From far above where the solution before leads nowhere.
  if (!path_->solve(false, start, scale.unit, solve_node) && !path_->solve(false, start, scale.unit, solve_node))
    throw unsolved("SignSVD", batch_, n_);

  MomentRates rates{2 / M_PI * path_->integral(density), Eigen::MatrixXd::Identity(d, d)};
  if (!full_rank) {
    rates.diffusion -= symmetric_part(kernel);
    rates.diffusion *= rank / rates.diffusion.trace();
  }
  return rates;
}

}  // namespace muonphase
