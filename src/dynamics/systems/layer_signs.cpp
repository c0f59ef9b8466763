#include "muonphase/dynamics/systems/layer_signs.hpp"

#include <algorithm>
#include <boost/math/special_functions/gamma.hpp>
#include <cmath>
#include <variant>
#include <vector>

#include "core/array_functions.hpp"
#include "core/eigensystem.hpp"
#include "dynamics/died_out.hpp"
#include "muonphase/core/error.hpp"
#include "muonphase/core/matrix.hpp"

namespace muonphase {
namespace {

// The mean sign of B products e x of two Gaussians of correlation sin θ summed, 2 T(√B tan θ) − 1 with Student's T of B
// degrees: ∝ ∫_0^θ cos^(B−1). A table with slopes.
class MeanSign {
 public:
  explicit MeanSign(double batch)
      : batch_(batch),
        end_(std::min(M_PI_2, 9 / std::sqrt(batch))),
        slope_(2 / std::sqrt(M_PI) * boost::math::tgamma_delta_ratio(batch / 2 + 0.5, -0.5)) {
    value_.resize(nodes + 1);
    const double step = end_ / nodes;
    value_[0] = 0;
    for (int i = 0; i < nodes; ++i)  // Simpson's rule
      value_[i + 1] = value_[i] + step / 6 * (slope(i * step) + 4 * slope((i + 0.5) * step) + slope((i + 1) * step));
  }

  double slope(double theta) const {
    return slope_ * std::exp((batch_ - 1) * std::log(std::max(std::cos(theta), 1e-300)));
  }

  double operator()(double theta) const {
    const double size = std::abs(theta) / end_ * nodes;
    if (!(size < nodes)) return std::copysign(1.0, theta);
    const int i = static_cast<int>(size);
    const double p = size - i, step = end_ / nodes, left = slope(i * step) * step, right = slope((i + 1) * step) * step;
    const double rise = value_[i + 1] - value_[i];
    // Hermite's cubic.
    const double value = value_[i] + p * (left + p * (3 * rise - 2 * left - right + p * (left + right - 2 * rise)));
    return std::copysign(std::min(value, 1.0), theta);
  }

 private:
  static constexpr int nodes = 2000;
  double batch_, end_, slope_;
  std::vector<double> value_;
};

using Array = Eigen::ArrayXXd;

class LayerSigns {
 public:
  LayerSigns(const Problem& problem, const Eigen::MatrixXd& start, const Eigen::MatrixXd& output_basis,
             const Eigen::MatrixXd& input_basis, const SampleRows& rows, double weight_decay)
      : decay_(weight_decay),
        batch_(problem.batch),
        outputs_(static_cast<double>(output_basis.rows())),
        noise_variance_(problem.noise_variance()),
        basis_(input_basis),
        covariance_(
            product<double>(input_basis * problem.input.eigenvalue.matrix().asDiagonal(), input_basis.transpose())),
        diagonal_(covariance_.diagonal()),
        mean_sign_(problem.batch),
        inputs_(rows.inputs),
        residuals_(rows.residuals),
        mean(sandwich(output_basis, start, input_basis)),
        spread(Eigen::MatrixXd::Zero(covariance_.rows(), covariance_.cols())) {
    pulled_to_ = Eigen::MatrixXd::Zero(mean.rows(), mean.cols());
    if (decay_ > 0 && problem.weights.size() > 0)
      pulled_to_ = mean - sandwich(output_basis, problem.weights, input_basis);  // −W*
    else if (decay_ > 0)
      pulled_to_ = mean;
    noise_ = problem.label_noise * problem.label_noise * output_basis.cwiseAbs2().rowwise().sum().array();
    if (!problem.output.isotropic())
      noise_ = problem.label_noise * problem.label_noise * problem.n_out() / problem.output.trace() *
               (output_basis.cwiseAbs2() * problem.output.eigenvalue.matrix()).array();
  }

  // What moves A and E[NᵀN]: E[sign G | A] [n, d], how it answers to N along a row, and the covariance of the signs.
  struct Move {
    Eigen::MatrixXd step, drift, covariance;
  };

  Move move(const Eigen::MatrixXd& given) const {
    const Eigen::MatrixXd signal = product<double>(given, covariance_);
    const Eigen::MatrixXd pull =
        product<double>(covariance_, product<double>(spread, covariance_)) / outputs_;  // ΣSΣ/n
    const Eigen::ArrayXd own = signal.cwiseProduct(given).rowwise().sum().array() + noise_ +
                               covariance_.cwiseProduct(spread).sum() / outputs_;  // s_k²
    const Eigen::ArrayXd extra = (batch_ - 1) * pull.diagonal().array().max(0);
    Move result;
    result.step.resize(given.rows(), given.cols());
    result.covariance = Eigen::MatrixXd::Zero(given.cols(), given.cols());
    Array argument(given.rows(), given.cols()), answer = argument;
    const auto law = [&](Eigen::Index k, Eigen::Index i, double whole) {
      const double m = signal(k, i), rest = std::max(whole - m * m, 1e-14 * whole);
      argument(k, i) = std::sqrt(batch_) * m / std::sqrt(rest);
      if (of_rows()) {
        result.step(k, i) = std::erf(argument(k, i) * M_SQRT1_2);
        answer(k, i) = std::sqrt(batch_ / M_PI_2) * std::exp(-0.5 * argument(k, i) * argument(k, i)) * whole /
                       (rest * std::sqrt(rest));
      } else {
        const double theta = std::atan2(m, std::sqrt(rest));
        result.step(k, i) = mean_sign_(theta);
        answer(k, i) = mean_sign_.slope(theta) / std::sqrt(rest);
      }
    };
    if (of_rows()) {
      const Eigen::MatrixXd errors = product<double>(inputs_, given.transpose()) - residuals_;
      const Eigen::ArrayXd around =
          product<double>(inputs_, spread).cwiseProduct(inputs_).rowwise().sum().array() / outputs_;
      for (Eigen::Index k = 0; k < given.rows(); ++k) {
        const Eigen::VectorXd weight = (errors.col(k).array().square() + around.max(0)).sqrt().matrix();
        const Eigen::MatrixXd own_row =
            gram<double>(weight.asDiagonal() * inputs_) / static_cast<double>(inputs_.rows());
        for (Eigen::Index i = 0; i < given.cols(); ++i) law(k, i, own_row(i, i) + extra(i));
        result.covariance +=
            sign_covariance(argument.row(k), own_row + (batch_ - 1) * pull - signal.row(k).transpose() * signal.row(k),
                            own_row.diagonal());
      }
    } else {
      for (Eigen::Index i = 0; i < given.cols(); ++i)
        for (Eigen::Index k = 0; k < given.rows(); ++k) law(k, i, own(k) * diagonal_(i) + extra(i));
      result.covariance = sign_covariance(
          argument, own.sum() / outputs_ * covariance_ + (batch_ - 1) * pull - gram<double>(signal) / outputs_,
          own.sum() / outputs_ * diagonal_);
    }
    result.covariance.diagonal() = (outputs_ - result.step.colwise().squaredNorm().array()).matrix().transpose();
    result.drift = answer.colwise().mean().transpose().matrix().asDiagonal() * covariance_;
    return result;
  }
  Move move() const { return move(mean); }

  // The learning rate at which the risk falls fastest.
  double greedy(const Move& now) const {
    const double fall = product<double>(mean, covariance_).cwiseProduct(now.step).sum() +
                        covariance_.cwiseProduct(product<double>(now.drift, spread)).sum();
    const double kick = product<double>(now.step, covariance_).cwiseProduct(now.step).sum() +
                        covariance_.cwiseProduct(now.covariance).sum();
    return fall / kick;
  }

  // `count` steps at η, by the midpoint rule in A where they are several.
  void go(const Move& now, double eta, double count) {
    const Move* middle = &now;
    Move half;
    if (count > 1) {
      half = move(mean - (0.5 * eta * (count - 1)) * now.step);
      middle = &half;
    }
    mean -= (eta * count) * (middle->step + decay_ * (mean - pulled_to_));
    for (double left = count; left > 0; --left) {
      const Eigen::MatrixXd fall = eta * (product<double>(middle->drift, spread) + decay_ * spread);  // ηLS
      spread += eta * eta * middle->covariance - fall - fall.transpose();
      // cov − L S Lᵀ is positive: what (1 − ηL)S(1 − ηL)ᵀ has beyond first order is in it.
    }
    // As cov is approximate, round-off in directions of nearly equal columns may grow below zero.
    if (++moves_ % 8 == 0) spread = positive_part(spread);
  }

  double stiffness(const Move& now) const {
    Eigen::VectorXd x = Eigen::VectorXd::LinSpaced(now.drift.cols(), 1, 2);
    double size = 0;
    for (int i = 0; i < 6; ++i) {
      x = now.drift.transpose() * (now.drift * x.normalized());
      size = x.norm();
    }
    return std::sqrt(size);
  }

  double risk() const {
    return 0.5 * (product<double>(mean, covariance_).cwiseProduct(mean).sum() + covariance_.cwiseProduct(spread).sum() +
                  noise_variance_);
  }
  Eigen::ArrayXd mode_energy() const {
    return (product<double>(mean, basis_).colwise().squaredNorm() +
            product<double>(spread, basis_).cwiseProduct(basis_).colwise().sum())
        .transpose()
        .array();
  }

 private:
  bool of_rows() const { return inputs_.size() > 0; }

  // Mehler's series as for the bilinear problem (docs/theory-full-closure.md §12), summed over rows of m whose
  // gradients have the covariance `row`, up to a factor; `noise` is what its diagonal is without the signal.
  static Eigen::MatrixXd sign_covariance(const Array& m, const Eigen::MatrixXd& row, const Eigen::VectorXd& noise) {
    const Eigen::ArrayXd scale = row.diagonal().array().max(1e-14 * noise.array()).rsqrt();
    const Array c = (scale.matrix().asDiagonal() * row * scale.matrix().asDiagonal()).array().max(-1).min(1);
    const Array psi = (-0.5 * m.square()).exp(), square = m.square(), c2 = c.square();
    const auto squares = [](const Array& f) -> Array { return gram<double>(f.matrix()).array(); };
    const Array even = squares(psi);
    return (2 / M_PI *
            (arcsine<double>(c) * even + c2 / 2 * squares(psi * m) + c * c2 / 6 * (squares(psi * (square - 1)) - even) +
             c2.square() / 24 * squares(psi * m * (square - 3))))
        .matrix();
  }

  int moves_ = 0;
  double decay_, batch_, outputs_, noise_variance_;
  Eigen::MatrixXd basis_, covariance_;
  Eigen::VectorXd diagonal_;
  Eigen::ArrayXd noise_;  // σ_k² [n]
  MeanSign mean_sign_;
  Eigen::MatrixXd pulled_to_;           // −W*, by weight decay [n, d]
  Eigen::MatrixXd inputs_, residuals_;  // of data [N, d], [N, n], to average over; empty: Gaussians

 public:
  Eigen::MatrixXd mean, spread;  // A [n, d], E[NᵀN] [d, d], in the coordinates of W
};

// What steps taken at once may move the fastest direction by.
constexpr double most_moved = 0.05;

}  // namespace

RiskCurve integrate_layer_signs(const Problem& problem, const Eigen::MatrixXd& start,
                                const Eigen::MatrixXd& output_basis, const Eigen::MatrixXd& input_basis,
                                const SampleRows& rows, double weight_decay, const Monitor& monitor,
                                const LearningRate& schedule, const Eigen::ArrayXd& record) {
  validate(problem);
  if (problem.noise_dominated())
    throw StudyError("batch = infinite: the full closure needs a finite batch (closure = \"linear\" takes it)");
  if (!problem.input.exact()) throw StudyError("modes = binned: a given start needs exact modes");
  LayerSigns state(problem, start, output_basis, input_basis,
                   rows.inputs.size() == 0 ? rows
                                           : SampleRows{product<double>(rows.inputs, input_basis.transpose()),
                                                        product<double>(rows.residuals, output_basis.transpose())},
                   weight_decay);
  const double horizon = record(record.size() - 1);
  const auto* greedy = std::get_if<GreedyRate>(&schedule);
  RiskCurve curve{record, Eigen::ArrayXd(record.size()), Eigen::ArrayXd(record.size()), {}};
  curve.mode_energy.resize(record.size(), problem.input.nodes());
  Eigen::Index next = 0;
  for (double t = 0;; ++curve.work.evaluations) {
    monitor.check();
    const double risk = state.risk();
    if (!std::isfinite(risk))
      throw DivergenceError("the risk is no longer finite: the learning rate is far too large",
                            {curve.risk.begin(), curve.risk.begin() + next},
                            {curve.learning_rate.begin(), curve.learning_rate.begin() + next});
    if (next > 0 && died_out(risk, curve.risk(0)))
      return at_rest(std::move(curve), next, risk, state.mode_energy(), schedule);
    if (!(risk > 0))
      throw StudyError("the full closure needs a positive risk: there is neither signal nor label noise");
    const LayerSigns::Move now = state.move();
    const double eta = greedy ? greedy->scale * state.greedy(now) : rate_at(schedule, t, horizon);
    if (record(next) == t) {
      curve.risk(next) = risk;
      curve.learning_rate(next) = eta;
      curve.mode_energy.row(next) = state.mode_energy().transpose();
      if (++next == record.size()) return curve;
    }
    double count = 1;
    if (eta > 0) count = std::clamp(std::floor(most_moved / (eta * state.stiffness(now))), 1.0, 100.0);
    count = std::min(count, record(next) - t);
    state.go(now, eta, count);
    t += count;
  }
}

}  // namespace muonphase
