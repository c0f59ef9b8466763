#include "muonphase/dynamics/quasilinear.hpp"

#include <algorithm>
#include <cmath>
#include <variant>
#include <vector>

#include "muonphase/error.hpp"

namespace muonphase {
namespace {

// Rates that vary linearly in t between two instants.
struct Stretch {
  double begin, end;
  ModeRates first, last;

  ModeRates at(double t) const {
    const double fraction = (t - begin) / (end - begin);
    return {(1 - fraction) * first.rate + fraction * last.rate,
            (1 - fraction) * first.diffusion + fraction * last.diffusion};
  }
};

class Integrator {
 public:
  Integrator(const Problem& problem, const LearningRate& schedule, double horizon)
      : problem_(problem), weight_(risk_weight(problem)), schedule_(schedule), horizon_(horizon) {}

  double risk(const Eigen::ArrayXXd& energy) const {
    return 0.5 * ((weight_ * energy).sum() + problem_.label_noise * problem_.label_noise);
  }

  double learning_rate(double t, const Eigen::ArrayXXd& energy, const ModeRates& rates) const {
    if (const auto* greedy = std::get_if<GreedyRate>(&schedule_))
      return greedy->scale * (weight_ * rates.rate * energy).sum() / (weight_ * rates.diffusion).sum();
    return rate_at(schedule_, t, horizon_);
  }

  // Energies at `to` from those at `from`, in at most `panels` geometric sums.
  Eigen::ArrayXXd advance(Eigen::ArrayXXd energy, const Stretch& stretch, double from, double to, int panels) const {
    ModeRates left = stretch.at(from);
    for (double t = from; t < to; --panels) {
      const double count = std::ceil((to - t) / std::max(panels, 1));
      const ModeRates right = stretch.at(t + count);
      double eta = learning_rate(t, energy, left);
      if (std::holds_alternative<GreedyRate>(schedule_)) {
        // The greedy rate follows the energies: take it at the end of a trial panel as well.
        const double after = learning_rate(t + count, panel(energy, left, right, eta, eta, count), right);
        energy = panel(energy, left, right, eta, after, count);
      } else {
        energy = panel(energy, left, right, eta, learning_rate(t + count, energy, right), count);
      }
      left = right;
      t += count;
    }
    return energy;
  }

 private:
  // `count` optimizer steps whose rates go linearly from `left` (at the first step) to `right` (one past the last).
  static Eigen::ArrayXXd panel(const Eigen::ArrayXXd& energy, const ModeRates& left, const ModeRates& right,
                               double eta_left, double eta_right, double count) {
    const double w = 0.5 + 0.5 / count;
    const Eigen::ArrayXXd decay = 2 * (w * eta_left * left.rate + (1 - w) * eta_right * right.rate);
    const Eigen::ArrayXXd gain =
        w * eta_left * eta_left * left.diffusion + (1 - w) * eta_right * eta_right * right.diffusion;
    // (1 − decay)^count; a decay beyond one overshoots and changes sign in one step, its size is what lasts.
    const Eigen::ArrayXXd log_factor =
        (decay < 0.5).select((-decay.min(0.5)).log1p(), (1 - decay).abs().max(1e-300).log()) * count;
    const Eigen::ArrayXXd lost = -log_factor.unaryExpr([](double x) { return std::expm1(x); });
    const Eigen::ArrayXXd steps = (decay > 1e-14).select(lost / decay.max(1e-14), count);
    if (count == 1) return ((1 - decay) * energy + gain).max(0);
    return energy * (1 - lost) + gain * steps;
  }

  const Problem& problem_;
  Eigen::ArrayXXd weight_;
  const LearningRate& schedule_;
  double horizon_;
};

}  // namespace

RiskCurve integrate_quasilinear(const Problem& problem, const RateFunction& rates, const LearningRate& schedule,
                                const Eigen::ArrayXd& record, const QuasilinearOptions& options) {
  validate(problem);
  const double horizon = record(record.size() - 1);
  const Integrator integrator(problem, schedule, horizon);
  constexpr int panels = 8;

  RiskCurve curve;
  curve.step = record;
  curve.risk.resize(record.size());
  curve.learning_rate.resize(record.size());
  curve.mode_energy.resize(record.size(), problem.input.nodes());
  const auto keep = [&](Eigen::Index i, const Eigen::ArrayXXd& energy, const ModeRates& now) {
    curve.risk(i) = integrator.risk(energy);
    curve.learning_rate(i) = integrator.learning_rate(record(i), energy, now);
    curve.mode_energy.row(i) = (problem.output.weight.matrix().transpose() * energy.matrix()).array();
  };

  Eigen::ArrayXXd energy = problem.energy;
  Stretch stretch{0, 1, rates(energy), {}};
  ModeRates slope{Eigen::ArrayXXd::Zero(energy.rows(), energy.cols()),
                  Eigen::ArrayXXd::Zero(energy.rows(), energy.cols())};
  keep(0, energy, stretch.first);
  Eigen::Index next = 1;
  double length = 1;
  for (int evaluations = 1; stretch.begin < horizon; ++evaluations) {
    if (evaluations > options.max_evaluations)
      throw NumericalError("the full closure took more evaluations of its rates than allowed");
    stretch.end = std::min(horizon, stretch.begin + length);
    length = stretch.end - stretch.begin;
    // Predict with the rates extrapolated from the stretch before, by no more than a factor of two.
    stretch.last.rate =
        (stretch.first.rate + length * slope.rate).max(0.5 * stretch.first.rate).min(2 * stretch.first.rate);
    stretch.last.diffusion = (stretch.first.diffusion + length * slope.diffusion)
                                 .max(0.5 * stretch.first.diffusion)
                                 .min(2 * stretch.first.diffusion);
    const Eigen::ArrayXXd predicted = integrator.advance(energy, stretch, stretch.begin, stretch.end, panels);
    stretch.last = rates(predicted);
    const Eigen::ArrayXXd corrected = integrator.advance(energy, stretch, stretch.begin, stretch.end, panels);
    const double error = std::abs(std::log(integrator.risk(corrected) / integrator.risk(predicted)));
    if (!std::isfinite(error)) throw NumericalError("the risk is no longer finite: the learning rate is far too large");
    const double factor = std::clamp(0.9 * std::sqrt(options.tolerance / std::max(error, 1e-300)), 0.3, 2.0);
    if (error > options.tolerance && length > 1) {
      length = std::max(1.0, std::floor(length * factor));
      continue;
    }
    for (; next < record.size() && record(next) <= stretch.end; ++next)
      keep(next, integrator.advance(energy, stretch, stretch.begin, record(next), panels), stretch.at(record(next)));
    energy = corrected;
    slope = {(stretch.last.rate - stretch.first.rate) / length,
             (stretch.last.diffusion - stretch.first.diffusion) / length};
    stretch.first = stretch.last;
    stretch.begin = stretch.end;
    length = length == 1 && factor > 1.5 ? 2 : std::max(1.0, std::floor(length * factor));
  }
  return curve;
}

}  // namespace muonphase
