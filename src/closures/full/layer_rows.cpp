#include "muonphase/closures/full/layer_rows.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "closures/full/unsolved.hpp"
#include "core/cholesky.hpp"
#include "core/least_squares.hpp"
#include "muonphase/core/error.hpp"
#include "muonphase/core/matrix.hpp"

namespace muonphase {
namespace {

// Σ_i w_i x_i x_iᵀ over columns x_i, w > 0.
Eigen::MatrixXd weighted_gram(const Eigen::MatrixXd& columns, const Eigen::ArrayXd& weight) {
  const Eigen::MatrixXd scaled = (columns * weight.sqrt().matrix().asDiagonal()).transpose();
  return gram<double>(scaled);
}

// xᵀ M⁻¹ x for every column x, from the factor of M.
Eigen::ArrayXd inverse_forms(const Cholesky<double>& factor, const Eigen::MatrixXd& columns) {
  return factor.solve_lower(columns).colwise().squaredNorm().transpose().array();
}

}  // namespace

// The matrix ((outer, −cross), (crossᵀ, inner)).
struct LayerRowsSignSvd::Blocks {
  Eigen::MatrixXd outer, inner, cross;

  Eigen::MatrixXd whole() const {
    Eigen::MatrixXd all(outer.rows() + inner.rows(), outer.rows() + inner.rows());
    all << outer, -cross, cross.transpose(), inner;
    return all;
  }
  static Blocks of(const Eigen::MatrixXd& all, Eigen::Index n) {
    const Eigen::Index d = all.rows() - n;
    const auto half = [](const auto& m) -> Eigen::MatrixXd { return 0.5 * (m + m.transpose()); };
    return {half(all.topLeftCorner(n, n)), half(all.bottomRightCorner(d, d)), -all.topRightCorner(n, d)};
  }
};

// (s + share · S)⁻¹ of self-energies S: factors of what its diagonal blocks are inverses of, and R12.
struct LayerRowsSignSvd::Resolvent {
  Cholesky<double> outer, inner;
  Eigen::MatrixXd cross;

  Resolvent(const Blocks& self, double share, double s)
      : Resolvent(raised(share * self.outer, s), raised(share * self.inner, s), share * self.cross) {}
  Blocks blocks() const { return {outer.inverse(), inner.inverse(), -cross}; }

 private:
  static Eigen::MatrixXd raised(Eigen::MatrixXd matrix, double s) {
    matrix.diagonal().array() += s;
    return matrix;
  }
  Resolvent(const Eigen::MatrixXd& out, const Eigen::MatrixXd& in, const Eigen::MatrixXd& across)
      : Resolvent(out, in, across, Cholesky<double>(out).solve(across)) {}
  Resolvent(const Eigen::MatrixXd& out, const Eigen::MatrixXd& in, const Eigen::MatrixXd& across,
            const Eigen::MatrixXd& by_outer)
      : outer(out + product<double>(across, Cholesky<double>(in).solve(across.transpose()))),
        inner(in + transposed_product<double>(across, by_outer)),
        cross(inner.solve(by_outer.transpose()).transpose()) {}
};

// One resolvent node s at residuals e [n, N].
class LayerRowsSignSvd::Node {
 public:
  Node(const LayerRowsSignSvd& of, const Eigen::MatrixXd& e, const Eigen::ArrayXd& size, double s)
      : of_(of), e_(e), size_(size), s_(s) {}

  // The forms of a row are those of the other B − 1 samples. Of these R = (s + (1 − 1/B) S)⁻¹, and with the mean t of
  // what one sample adds S = B t (1 − R t)⁻¹.
  Eigen::ArrayXd next(const Eigen::ArrayXd& x) {
    const Eigen::Index count = size_.size(), n = e_.rows();
    const double batch = of_.batch_, mean = 1 / static_cast<double>(count);
    const Eigen::ArrayXd a = x.head(count).exp() * size_ / s_, u = 1 + x.tail(count),
                         t = x.segment(count, count).exp() * of_.input_size_ / s_;
    const Eigen::ArrayXd inverse = 1 / (u.square() + a * t / (batch * batch));
    const Eigen::MatrixXd weighted = of_.inputs_ * (mean / batch * u * inverse).matrix().asDiagonal();
    const Blocks sample{weighted_gram(e_, mean / (batch * batch) * t * inverse),
                        weighted_gram(of_.inputs_, mean / (batch * batch) * a * inverse),
                        product<double>(e_, weighted.transpose())};
    answer_ = (u * inverse).mean();
    if (self_.outer.size() == 0 || !of_.corrected_)
      self_ = {batch * sample.outer, batch * sample.inner, batch * sample.cross};
    const Eigen::MatrixXd one = sample.whole();
    for (int round = 0; round < 2 && of_.corrected_; ++round) {
      const Eigen::MatrixXd others = Resolvent(self_, 1 - 1 / batch, s_).blocks().whole();
      const Eigen::MatrixXd left =
          (Eigen::MatrixXd::Identity(one.rows(), one.cols()) - product<double>(others, one)).transpose();
      self_ = Blocks::of(batch * solve_linear(left, one.transpose()).transpose(), n);
    }
    const Resolvent others(self_, of_.corrected_ ? 1 - 1 / batch : 1, s_);
    Eigen::ArrayXd y(3 * count);
    y.head(count) = (inverse_forms(others.outer, e_) * s_ / size_).log();
    y.segment(count, count) = (inverse_forms(others.inner, of_.inputs_) * s_ / of_.input_size_).log();
    y.tail(count) =
        transposed_product<double>(others.cross, e_).cwiseProduct(of_.inputs_).colwise().sum().transpose().array() /
        batch;
    return y;
  }

  /// R11, R22 and R12 of all samples, after next().
  Blocks resolvent() const {
    const Resolvent all(self_, 1, s_);
    return {all.outer.inverse(), all.inner.inverse(), all.cross};
  }
  /// E[(1 + b/B)/𝒟].
  double answer() const { return answer_; }

 private:
  const LayerRowsSignSvd& of_;
  const Eigen::MatrixXd& e_;
  const Eigen::ArrayXd& size_;  // |e|² [N]
  double s_, answer_ = 0;
  Blocks self_;  // S
};

LayerRowsSignSvd::LayerRowsSignSvd(const SampleRows& rows, const Eigen::ArrayXd& eigenvalue, double batch,
                                   const FullClosureOptions& options)
    : inputs_(rows.inputs.transpose()),
      residuals_(rows.residuals.transpose()),
      eigenvalue_(eigenvalue),
      input_size_(inputs_.colwise().squaredNorm().transpose().array()),
      batch_(batch),
      options_(options) {
  // What these leave is below what is of second order in 1/n.
  options_.s_step = std::max(options.s_step, 1.2);
  options_.tolerance = std::max(options.tolerance, 1e-4);
  input_size_ = input_size_.max(1e-14 * input_size_.mean());
}

DeltaRates LayerRowsSignSvd::operator()(const Eigen::MatrixXd& delta) {
  const Eigen::Index n = delta.rows(), d = delta.cols(), count = input_size_.size();
  const Eigen::MatrixXd e = product<double>(delta, inputs_) - residuals_;
  Eigen::ArrayXd size = e.colwise().squaredNorm().transpose().array();
  const double twice_risk = size.mean(), trace = eigenvalue_.sum(), outputs = static_cast<double>(n);
  if (!(twice_risk > 0))
    throw StudyError("the full closure needs a positive risk: there is neither signal nor label noise");
  size = size.max(1e-14 * twice_risk);
  const Eigen::ArrayXd share = eigenvalue_ * delta.colwise().squaredNorm().transpose().array();
  const double noise = (outputs * eigenvalue_.maxCoeff() + trace) / batch_ + outputs * trace / (batch_ * batch_);
  const double unit = std::sqrt(twice_risk / outputs * noise + (eigenvalue_ * share).maxCoeff());
  if (!path_) {
    const double floor =
        std::sqrt(twice_risk / outputs * eigenvalue_.minCoeff() * std::max(1.0, outputs / batch_) / batch_);
    path_.emplace(std::min(0.0, std::log(floor / unit)) - 5.5, 4, options_.s_step);
  }

  const auto nodes = static_cast<std::size_t>(path_->nodes());
  std::vector<Eigen::MatrixXd> drift(nodes);
  Eigen::ArrayXXd response(d, path_->nodes());
  DeltaRates rates;
  const auto solve_node = [&](Eigen::Index i, Eigen::ArrayXd& x) {
    const double s = path_->s(i, unit);
    Node node(*this, e, size, s);
    if (!solve_fixed_point([&](const Eigen::ArrayXd& y) { return node.next(y); }, x, options_.tolerance)) return false;
    const Blocks r = node.resolvent();
    drift[static_cast<std::size_t>(i)] = s * r.cross;
    response.col(i) = s * node.answer() * r.outer.trace() / outputs * eigenvalue_ * r.inner.diagonal().array();
    if (i == 1) {
      rates.outer = -s * r.outer;
      rates.inner = -s * r.inner;
    }
    return true;
  };
  const Eigen::ArrayXd start = Eigen::ArrayXd::Zero(3 * count);
  // From far above where the solution before leads nowhere.
  bool converged = path_->solve(false, start, unit, solve_node) || path_->solve(false, start, unit, solve_node);
  // Where what one sample is to the others leaves no solution, at batches of one or two, it is left out from here on.
  if (!converged && corrected_) {
    corrected_ = false;
    converged = path_->solve(false, start, unit, solve_node);
  }
  if (!converged) throw unsolved("SignSVD", batch_, outputs);

  rates.mean = 2 / M_PI * path_->integral(drift);
  rates.response = 2 / M_PI * path_->integral(response);
  // Of the rank that is known.
  const double rank = std::min({outputs, batch_, static_cast<double>(d)});
  for (Eigen::MatrixXd* side : {&rates.outer, &rates.inner}) {
    side->diagonal().array() += 1;
    if (static_cast<double>(side->rows()) == rank)
      side->setIdentity();
    else
      *side *= rank / side->trace();
  }
  return rates;
}

}  // namespace muonphase
