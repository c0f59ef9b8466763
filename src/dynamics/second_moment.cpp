#include "muonphase/dynamics/second_moment.hpp"

#include <algorithm>
#include <cmath>
#include <variant>

#include "muonphase/error.hpp"

namespace muonphase {
namespace {

// Rates that vary linearly in t between two instants.
struct Stretch {
  double begin, end;
  MomentRates first, last;

  MomentRates at(double t) const {
    const double fraction = (t - begin) / (end - begin);
    return {(1 - fraction) * first.drift + fraction * last.drift,
            (1 - fraction) * first.diffusion + fraction * last.diffusion};
  }
};

class Integrator {
 public:
  Integrator(const Problem& problem, const LearningRate& schedule, double horizon)
      : eigenvalue_(problem.input.eigenvalue),
        noise_variance_(problem.label_noise * problem.label_noise),
        schedule_(schedule),
        horizon_(horizon) {}

  double risk(const Eigen::MatrixXd& moment) const {
    return 0.5 * ((eigenvalue_ * moment.diagonal().array()).sum() + noise_variance_);
  }

  double learning_rate(double t, const Eigen::MatrixXd& moment, const MomentRates& rates) const {
    if (const auto* greedy = std::get_if<GreedyRate>(&schedule_)) {
      const Eigen::VectorXd fall = rates.drift.cwiseProduct(moment).rowwise().sum();  // diagonal of L M
      return greedy->scale * eigenvalue_.matrix().dot(fall) / eigenvalue_.matrix().dot(rates.diffusion.diagonal());
    }
    return rate_at(schedule_, t, horizon_);
  }

  // The moment at `to` from that at `from`, in at most `panels` repeated squarings.
  Eigen::MatrixXd advance(Eigen::MatrixXd moment, const Stretch& stretch, double from, double to, int panels) const {
    MomentRates left = stretch.at(from);
    for (double t = from; t < to; --panels) {
      const double count = std::ceil((to - t) / std::max(panels, 1));
      MomentRates right = stretch.at(t + count);
      const double eta = learning_rate(t, moment, left);
      double after = eta;
      if (std::holds_alternative<GreedyRate>(schedule_))
        after = learning_rate(t + count, panel(moment, left, right, eta, eta, count), right);
      else
        after = learning_rate(t + count, moment, right);
      moment = panel(moment, left, right, eta, after, count);
      left = std::move(right);
      t += count;
    }
    return moment;
  }

 private:
  // `count` optimizer steps whose rates go linearly from `left` (at the first step) to `right` (one past the last).
  static Eigen::MatrixXd panel(const Eigen::MatrixXd& moment, const MomentRates& left, const MomentRates& right,
                               double eta_left, double eta_right, double count) {
    const double w = 0.5 + 0.5 / count;
    const Eigen::MatrixXd drift = w * eta_left * left.drift + (1 - w) * eta_right * right.drift;
    // One step is M ← P M Pᵀ + N with P = 1 − ηL; what P M Pᵀ has beyond first order in η is taken back in N.
    Eigen::MatrixXd noise = w * eta_left * eta_left * left.diffusion +
                            (1 - w) * eta_right * eta_right * right.diffusion - drift * moment * drift.transpose();
    Eigen::MatrixXd power = -drift;
    power.diagonal().array() += 1;
    Eigen::MatrixXd result = moment;
    // Steps by the binary digits of `count`: (P, N) twice is (P², P N Pᵀ + N).
    for (auto left_over = static_cast<long long>(count);; left_over /= 2) {
      if (left_over % 2 == 1) result = power * result * power.transpose() + noise;
      if (left_over <= 1) break;
      noise += (power * noise * power.transpose()).eval();
      power = (power * power).eval();
    }
    return result;
  }

  const Eigen::ArrayXd& eigenvalue_;
  double noise_variance_;
  const LearningRate& schedule_;
  double horizon_;
};

}  // namespace

Eigen::MatrixXd initial_moment(const Problem& problem) {
  return (problem.n_out() * problem.energy.row(0)).matrix().asDiagonal();
}

RiskCurve integrate_second_moment(const Problem& problem, const MomentRateFunction& rates, const LearningRate& schedule,
                                  const Eigen::ArrayXd& record, const QuasilinearOptions& options) {
  validate(problem);
  if (problem.output.nodes() != 1 || !problem.input.exact())
    throw StudyError("coupled modes need an isotropic output covariance and exact input modes");
  const double horizon = record(record.size() - 1);
  const Integrator integrator(problem, schedule, horizon);

  RiskCurve curve;
  curve.step = record;
  curve.risk.resize(record.size());
  curve.learning_rate.resize(record.size());
  curve.mode_energy.resize(record.size(), problem.input.nodes());
  const auto keep = [&](Eigen::Index i, const Eigen::MatrixXd& moment, const MomentRates& now) {
    curve.risk(i) = integrator.risk(moment);
    curve.learning_rate(i) = integrator.learning_rate(record(i), moment, now);
    curve.mode_energy.row(i) = moment.diagonal().transpose().array();
  };

  Eigen::MatrixXd moment = initial_moment(problem);
  Stretch stretch{0, 1, rates(moment), {}};
  MomentRates slope{Eigen::MatrixXd::Zero(moment.rows(), moment.cols()),
                    Eigen::MatrixXd::Zero(moment.rows(), moment.cols())};
  keep(0, moment, stretch.first);
  Eigen::Index next = 1;
  double length = 1;
  for (int evaluations = 1; stretch.begin < horizon; ++evaluations) {
    if (evaluations > options.max_evaluations)
      throw NumericalError("the full closure took more evaluations of its rates than allowed");
    stretch.end = std::min(horizon, stretch.begin + length);
    length = stretch.end - stretch.begin;
    stretch.last = {stretch.first.drift + length * slope.drift, stretch.first.diffusion + length * slope.diffusion};
    const Eigen::MatrixXd predicted = integrator.advance(moment, stretch, stretch.begin, stretch.end, 2);
    stretch.last = rates(predicted);
    // From one recorded step to the next, to the end of the stretch.
    Eigen::MatrixXd corrected = moment;
    double t = stretch.begin;
    const Eigen::Index first = next;
    for (; next < record.size() && record(next) <= stretch.end; t = record(next++)) {
      corrected = integrator.advance(corrected, stretch, t, record(next), 1);
      keep(next, corrected, stretch.at(record(next)));
    }
    corrected = integrator.advance(corrected, stretch, t, stretch.end, 2);
    const double error = std::abs(std::log(integrator.risk(corrected) / integrator.risk(predicted)));
    if (!std::isfinite(error)) throw NumericalError("the risk is no longer finite: the learning rate is far too large");
    const double factor = std::clamp(0.9 * std::sqrt(options.tolerance / std::max(error, 1e-300)), 0.3, 2.0);
    if (error > options.tolerance && length > 1) {
      length = std::max(1.0, std::floor(length * factor));
      next = first;
      continue;
    }
    moment = corrected;
    slope = {(stretch.last.drift - stretch.first.drift) / length,
             (stretch.last.diffusion - stretch.first.diffusion) / length};
    stretch.first = stretch.last;
    stretch.begin = stretch.end;
    length = length == 1 && factor > 1.5 ? 2 : std::max(1.0, std::floor(length * factor));
  }
  return curve;
}

}  // namespace muonphase
