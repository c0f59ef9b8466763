#include "muonphase/dynamics/systems/adam.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "muonphase/core/error.hpp"
#include "muonphase/core/matrix.hpp"
#include "muonphase/core/random.hpp"

namespace muonphase {
namespace {

using Eigen::MatrixXd;

// The input side as the optimizer sees it: Σ, whole or, in the eigenbasis, its diagonal. Moments along a row are
// matrices or such diagonals [1, d] likewise.
class SeenSide {
 public:
  SeenSide(const Spectrum& input, const MatrixXd& basis)
      : flat_(basis.size() == 0), eigenvalue_(input.eigenvalue.matrix().transpose()), basis_(basis) {
    if (!flat_) covariance_ = product<double>(basis * input.eigenvalue.matrix().asDiagonal(), basis.transpose());
  }

  MatrixXd seen(const MatrixXd& rows) const { return flat_ ? rows : product<double>(rows, basis_.transpose()); }
  MatrixXd no_moment() const { return MatrixXd::Zero(flat_ ? 1 : eigenvalue_.size(), eigenvalue_.size()); }

  MatrixXd times(const MatrixXd& x) const {  // XΣ
    return flat_ ? MatrixXd(x.array().rowwise() * eigenvalue_.array()) : product<double>(x, covariance_);
  }
  MatrixXd transposed(const MatrixXd& moment) const { return flat_ ? moment : MatrixXd(moment.transpose()); }
  MatrixXd covariance() const { return flat_ ? MatrixXd(eigenvalue_) : covariance_; }
  Eigen::ArrayXd diagonal(const MatrixXd& moment) const {
    return flat_ ? Eigen::ArrayXd(moment.row(0).transpose()) : Eigen::ArrayXd(moment.diagonal());
  }
  MatrixXd of_diagonal(const Eigen::ArrayXd& values) const {
    return flat_ ? MatrixXd(values.matrix().transpose()) : MatrixXd(values.matrix().asDiagonal());
  }
  double trace(const MatrixXd& moment) const { return flat_ ? moment.sum() : moment.trace(); }
  // Σ_rows count xᵀy of two sets of rows.
  MatrixXd moment(const MatrixXd& x, const Eigen::ArrayXd& count) const {
    if (flat_) return (x.array().square().colwise() * count).colwise().sum().matrix();
    return gram<double>((x.array().colwise() * count.sqrt()).matrix());
  }
  MatrixXd rows_scaled(const Eigen::ArrayXd& by, const MatrixXd& moment) const {
    return flat_ ? MatrixXd(moment.array().rowwise() * by.transpose()) : MatrixXd(moment.array().colwise() * by);
  }
  static MatrixXd columns_scaled(const MatrixXd& moment, const Eigen::ArrayXd& by) {
    return moment.array().rowwise() * by.transpose();
  }
  // Diagonal in the eigenbasis, of rows seen and of a moment.
  Eigen::ArrayXd energies(const MatrixXd& rows, const Eigen::ArrayXd& count, const MatrixXd& moment) const {
    const MatrixXd back = flat_ ? rows : product<double>(rows, basis_);
    Eigen::ArrayXd result = (back.array().square().colwise() * count).colwise().sum().transpose();
    if (flat_) return result + moment.row(0).transpose().array();
    return result + product<double>(moment, basis_).cwiseProduct(basis_).colwise().sum().transpose().array();
  }

 private:
  bool flat_;
  Eigen::RowVectorXd eigenvalue_;
  MatrixXd basis_, covariance_;
};

class AdamRun {
 public:
  AdamRun(const Problem& problem, const EntryStart& start, const MatrixXd& basis, const AdamStep& adam)
      : problem_(problem),
        adam_(adam),
        law_(adam.beta1, adam.beta2, problem.batch),
        side_(problem.input, basis),
        count_(start.count),
        mean_(side_.seen(start.delta)),
        target_(adam.weight_decay > 0 ? side_.seen(start.target) : MatrixXd()),
        average_(MatrixXd::Zero(mean_.rows(), mean_.cols())),
        memory_(average_),
        spread_(side_.no_moment()),
        shared_(spread_),
        average_spread_(spread_),
        noise_memory_(Eigen::ArrayXd::Zero(mean_.cols())) {}

  double risk() const {
    const MatrixXd signal = side_.times(mean_);
    return 0.5 * (along(mean_, signal) + side_.trace(side_.times(spread_)) + noise_variance());
  }
  Eigen::ArrayXd mode_energy() const { return side_.energies(mean_, count_, spread_); }

  // One step; `eta` of the greedy rate where there is one.
  template <class Rate>
  void step(const Rate& rate) {
    const double n = problem_.n_out(), forgotten = 1 - adam_.beta1;
    const MatrixXd signal = side_.times(mean_), pull = side_.times(spread_);
    const MatrixXd spread_signal = side_.times(side_.transposed(pull));
    const MatrixXd whole = side_.moment(signal, count_) + spread_signal;
    const double excess = along(mean_, signal) + side_.trace(pull);  // 2R − σ²
    const MatrixXd noise =
        (((1 + 2 / n) * excess + noise_variance()) * side_.covariance() + (2 + 3 / n) * whole) / problem_.batch;

    // Averages of squares: of the noise, the part of the mean that it makes included, and of each entry's own mean.
    const Eigen::ArrayXd variance = side_.diagonal(noise) + side_.diagonal(spread_signal) / n;
    noise_memory_ = adam_.beta2 * noise_memory_ + (1 - adam_.beta2) * variance;
    memory_ = adam_.beta2 * memory_ + (1 - adam_.beta2) * signal.cwiseAbs2();
    ++steps_;
    const double weight1 = -std::expm1(steps_ * std::log(adam_.beta1)),
                 weight2 = -std::expm1(steps_ * std::log(adam_.beta2));
    const Eigen::ArrayXd scale = noise_memory_ / weight2;  // D̂

    const MatrixXd cross = side_.times(side_.transposed(shared_));
    average_spread_ = adam_.beta1 * adam_.beta1 * average_spread_ +
                      adam_.beta1 * forgotten * (cross + side_.transposed(cross)) +
                      forgotten * forgotten * (spread_signal + n * noise);
    shared_ = adam_.beta1 * shared_ + forgotten * pull;
    average_ = adam_.beta1 * average_ + forgotten * signal;

    // Gains of every entry, and what updates have beyond the momentum.
    const AdamGains& gains = gains_at(steps_);
    const double grown = gains.mean(0) / law_.drift();
    const Eigen::ArrayXd root = scale.rsqrt();
    MatrixXd gain(mean_.rows(), mean_.cols());
    Eigen::ArrayXd white = Eigen::ArrayXd::Zero(mean_.cols());
    for (Eigen::Index i = 0; i < mean_.cols(); ++i)
      for (Eigen::Index k = 0; k < mean_.rows(); ++k) {
        const double theta = memory_(k, i) / weight2 / scale(i), of_mean = gains.mean(theta);
        gain(k, i) = of_mean * root(i);
        const double relative = of_mean / gains.mean(0);
        white(i) +=
            count_(k) * std::max(0.0, law_.noise() * gains.inverse(theta) - law_.linear() * relative * relative);
      }
    white *= grown * grown * variance / scale;
    const Eigen::ArrayXd mean_gain = (gain.array().colwise() * count_).colwise().sum().transpose() / n;
    const MatrixXd square_gain = side_.moment(gain, count_) / n;
    const MatrixXd update = gain.cwiseProduct(average_) / weight1;
    const MatrixXd momentum = square_gain.cwiseProduct(average_spread_) / (weight1 * weight1);

    const double eta = rate([&] {
      const double fall =
          along(update, signal) +
          side_.trace(side_.times(side_.transposed(SeenSide::columns_scaled(shared_, mean_gain)))) / weight1;
      const double kick = along(update, side_.times(update)) + side_.trace(side_.times(momentum)) +
                          (side_.diagonal(side_.covariance()) * white).sum();
      return fall / kick;
    });
    const double kept = 1 - eta * adam_.weight_decay, move = eta / weight1;
    mean_ = kept * mean_ - eta * update;
    if (target_.size() > 0) mean_ -= eta * adam_.weight_decay * target_;
    const MatrixXd fall = SeenSide::columns_scaled(shared_, mean_gain);
    spread_ = kept * kept * spread_ - kept * move * (fall + side_.transposed(fall)) + eta * eta * momentum +
              side_.of_diagonal(eta * eta * white);
    shared_ = kept * shared_ - move * side_.rows_scaled(mean_gain, average_spread_);
  }

 private:
  double noise_variance() const { return problem_.label_noise * problem_.label_noise; }
  double along(const MatrixXd& x, const MatrixXd& y) const {
    return (x.cwiseProduct(y).rowwise().sum().array() * count_).sum();
  }

  // Within 2 % of the number of steps.
  const AdamGains& gains_at(double steps) {
    const double full = adam_.beta2 > 0 || adam_.beta1 > 0 ? 40 / (1 - std::max(adam_.beta1, adam_.beta2)) : 1;
    const double here = std::min(steps, full);
    const double node = here < 30 ? here : std::round(std::exp(std::round(std::log(here) / 0.04) * 0.04));
    const auto found = gains_.find(node);
    if (found != gains_.end()) return found->second;
    gains_.clear();
    return gains_.emplace(node, law_.gains(node)).first->second;
  }

  const Problem& problem_;
  AdamStep adam_;
  AdamLaw law_;
  SeenSide side_;
  Eigen::ArrayXd count_;
  MatrixXd mean_, target_, average_;           // of Δ, W*, and of m [rows, d]
  MatrixXd memory_;                            // of the squares of entries' means
  MatrixXd spread_, shared_, average_spread_;  // E[NᵀN], E[Nᵀm], E[mᵀm] of what the batches add, over n rows
  Eigen::ArrayXd noise_memory_;                // of the noise's squares [d]
  double steps_ = 0;
  std::map<double, AdamGains> gains_;
};

}  // namespace

EntryStart given_entries(const Problem& problem, const MatrixXd& delta) {
  const MatrixXd target = problem.weights.size() > 0 ? MatrixXd(problem.weights - delta) : MatrixXd(-delta);
  return {delta, target, Eigen::ArrayXd::Ones(delta.rows())};
}

EntryStart entries_from_energies(const Problem& problem, bool eigenbasis, std::uint64_t seed, std::uint64_t draw) {
  const Eigen::ArrayXd root = target_energy(problem).row(0).transpose().sqrt();
  if (eigenbasis && problem.weights.size() == 0) {
    // Nine Gauss–Hermite nodes, the negative ones counted with the positive.
    const Eigen::Array<double, 5, 1> node{0, 1.0232556637891326, 2.0768479786778302, 3.2054290028564703,
                                          4.512745863399783},
        weight{0.40634920634920635, 2 * 0.24409750289493897, 2 * 0.04991640676521788, 2 * 0.0027891413212317692,
               2 * 2.2345844007746584e-5};
    const MatrixXd target = node.matrix() * root.matrix().transpose();
    return {-target, target, problem.n_out() * weight / weight.sum()};
  }
  const auto n = static_cast<Eigen::Index>(problem.n_out()), d = root.size();
  MatrixXd target = normals<double>({seed, draw, 0, Purpose::target}, n, d);
  // Gram–Schmidt from the first column, as far as there are rows.
  for (Eigen::Index j = 0; j < d; ++j) {
    for (Eigen::Index i = std::max<Eigen::Index>(0, j - (n - 1)); i < j && j < n; ++i)
      target.col(j) -= target.col(i).dot(target.col(j)) * target.col(i);
    target.col(j).normalize();
  }
  target = target * (std::sqrt(problem.n_out()) * root).matrix().asDiagonal();
  return {problem.weights.size() > 0 ? MatrixXd(problem.weights - target) : MatrixXd(-target), target,
          Eigen::ArrayXd::Ones(n)};
}

RiskCurve integrate_adam(const Problem& problem, const EntryStart& start, const MatrixXd& basis, const AdamStep& adam,
                         const LearningRate& schedule, const Eigen::ArrayXd& record, const Monitor& monitor) {
  validate(problem);
  if (problem.output.nodes() != 1) throw StudyError("given entries of Adam need an isotropic output covariance");
  AdamRun run(problem, start, basis, adam);
  const double horizon = record(record.size() - 1);
  RiskCurve curve{record, Eigen::ArrayXd(record.size()), Eigen::ArrayXd(record.size()), {}};
  curve.mode_energy.resize(record.size(), problem.input.nodes());
  Eigen::Index next = 0;
  double last_rate = 0;
  for (double t = 0;; ++t) {
    monitor.check();
    const auto* greedy = std::get_if<GreedyRate>(&schedule);
    const bool recorded = next < record.size() && record(next) <= t;
    if (recorded) {
      curve.risk(next) = run.risk();
      curve.mode_energy.row(next) = run.mode_energy().transpose();
      if (!std::isfinite(curve.risk(next)))
        throw DivergenceError("the risk is no longer finite: the learning rate is far too large",
                              {curve.risk.begin(), curve.risk.begin() + next},
                              {curve.learning_rate.begin(), curve.learning_rate.begin() + next});
    }
    if (t < horizon)
      run.step([&](const auto& best) {
        return last_rate = greedy ? greedy->scale * best() : rate_at(schedule, t, horizon);
      });
    else if (!greedy)
      last_rate = rate_at(schedule, t, horizon);
    if (recorded) curve.learning_rate(next++) = last_rate;
    if (t >= horizon) break;
  }
  curve.work.evaluations = static_cast<int>(std::min(horizon, 2e9));
  return curve;
}

}  // namespace muonphase
