#include "muonphase/dynamics/systems/layer_delta.hpp"

#include <algorithm>
#include <cmath>
#include <variant>

#include "core/eigensystem.hpp"
#include "dynamics/died_out.hpp"
#include "muonphase/core/error.hpp"
#include "muonphase/core/matrix.hpp"
#include "muonphase/core/random.hpp"

namespace muonphase {
namespace {

// What a stretch may change ln R by, by the slope at its start, and how far it may go in the fastest direction.
constexpr double most_change = 0.06, most_fall = 0.7;
// By what part of √(2R) Δ may be off at the end of a stretch, by the rates found there.
constexpr double most_missed = 0.1;

Eigen::MatrixXd root(const Eigen::MatrixXd& matrix) {
  const Eigensystem system = eigensystem(matrix);
  return product<double>(system.vectors * system.values.cwiseMax(0).cwiseSqrt().asDiagonal(),
                         system.vectors.transpose());
}

// Of one step at η = 1.
Eigen::MatrixXd kick(const DeltaRates& rates, const NoiseDraw& noise, double t) {
  const double left = std::max(rates.inner.trace() - rates.mean.squaredNorm(), 1e-12);
  const Eigen::MatrixXd z = normals<double>({noise.seed, noise.draw, static_cast<std::uint64_t>(t), Purpose::kick},
                                            rates.mean.rows(), rates.mean.cols());
  return product<double>(product<double>(root(rates.outer - gram<double>(rates.mean.transpose())), z),
                         root(rates.inner - gram<double>(rates.mean))) /
         std::sqrt(left);
}

class LayerDelta {
 public:
  LayerDelta(const Problem& problem, double weight_decay)
      : eigenvalue_(problem.input.eigenvalue.matrix()),
        noise_variance_(problem.noise_variance()),
        decay_(weight_decay) {}

  double risk(const Eigen::MatrixXd& delta) const {
    return 0.5 * (eigenvalue_.dot(mode_energy(delta).matrix()) + noise_variance_);
  }
  Eigen::ArrayXd mode_energy(const Eigen::MatrixXd& delta) const {
    return delta.colwise().squaredNorm().transpose().array();
  }
  double fall(const Eigen::MatrixXd& delta, const DeltaRates& rates) const {
    return eigenvalue_.dot(delta.cwiseProduct(rates.mean).colwise().sum().transpose());
  }
  double greedy(const Eigen::MatrixXd& delta, const DeltaRates& rates) const {
    return fall(delta, rates) / eigenvalue_.dot(rates.inner.diagonal());
  }

  // How many steps at once.
  double steps(const Eigen::MatrixXd& delta, const DeltaRates& rates, double eta, double t) const {
    if (!(eta > 0)) return 1e18;
    const double slope =
        std::abs(eta * fall(delta, rates) - 0.5 * eta * eta * eigenvalue_.dot(rates.inner.diagonal())) / risk(delta);
    const double by_risk = most_change / std::max(slope, 1e-300);
    const double by_rate = most_fall / std::max(eta * rates.response.maxCoeff(), 1e-300);
    // A learning rate that depends on time, and what is extrapolated, are smooth in ln t.
    return std::floor(std::max(1.0, std::min({by_risk, by_rate, 4 + 0.25 * t})));
  }

  double decay() const { return decay_; }

 private:
  Eigen::VectorXd eigenvalue_;
  double noise_variance_, decay_;
};

// Σ_j λ_j |Δ_j|².
double eigenvalue_weighted(const Problem& problem, const Eigen::MatrixXd& delta) {
  return problem.input.eigenvalue.matrix().dot(delta.colwise().squaredNorm());
}

// What is left of the mean beyond its linear response, at Δ.
Eigen::MatrixXd beyond_response(const DeltaRates& rates, const Eigen::ArrayXd& response, const Eigen::MatrixXd& delta) {
  return rates.mean - delta * response.matrix().asDiagonal();
}

}  // namespace

RiskCurve integrate_layer_delta(const Problem& problem, const Eigen::MatrixXd& start, const DeltaRateFunction& rates,
                                double weight_decay, const NoiseDraw& noise, const LearningRate& schedule,
                                const Eigen::ArrayXd& record) {
  validate(problem);
  const LayerDelta system(problem, weight_decay);
  const double horizon = record(record.size() - 1);
  const auto* greedy = std::get_if<GreedyRate>(&schedule);
  Eigen::MatrixXd delta = start, target;
  if (weight_decay > 0)
    target = problem.weights.size() > 0 ? Eigen::MatrixXd(problem.weights - start) : Eigen::MatrixXd(-start);

  RiskCurve curve{record, Eigen::ArrayXd(record.size()), Eigen::ArrayXd(record.size()), {}};
  curve.mode_energy.resize(record.size(), start.cols());
  Eigen::Index next = 0;
  double before_t = 0, before_risk = 0;
  DeltaRates now = rates(delta), before;
  Eigen::MatrixXd before_delta;
  double before_steps = 0;
  Eigen::ArrayXd energy_before;
  curve.work.evaluations = 1;
  for (double t = 0;;) {
    const double risk = system.risk(delta);
    if (!std::isfinite(risk))
      throw DivergenceError("the risk is no longer finite: the learning rate is far too large",
                            {curve.risk.begin(), curve.risk.begin() + next},
                            {curve.learning_rate.begin(), curve.learning_rate.begin() + next});
    const Eigen::ArrayXd energy = system.mode_energy(delta);
    if (next > 0 && died_out(risk, curve.risk(0))) return at_rest(std::move(curve), next, risk, energy, schedule);
    const double eta = greedy ? greedy->scale * system.greedy(delta, now) : rate_at(schedule, t, horizon);
    for (; next < record.size() && record(next) <= t; ++next) {
      const double part = t > before_t ? (record(next) - before_t) / (t - before_t) : 1;
      curve.risk(next) = part < 1 ? before_risk * std::pow(risk / before_risk, part) : risk;
      curve.learning_rate(next) = greedy ? eta : rate_at(schedule, record(next), horizon);
      curve.mode_energy.row(next) =
          (part < 1 ? Eigen::ArrayXd(energy_before + part * (energy - energy_before)) : energy).transpose();
    }
    if (t >= horizon) return curve;

    double count = std::min(system.steps(delta, now, eta, t), horizon - t);
    if (before_steps > 0) count = std::min(count, 2 * before_steps);
    // No step goes beyond zero by its linear answer: what it does beyond is the rest's.
    const double largest = std::max(eta, greedy ? eta : rate_at(schedule, t + count, horizon));
    const Eigen::ArrayXd response = now.response.min((1 - largest * system.decay()) / std::max(largest, 1e-300));
    const Eigen::MatrixXd rest = beyond_response(now, response, delta);
    Eigen::MatrixXd slope = Eigen::MatrixXd::Zero(rest.rows(), rest.cols());
    if (before_steps > 0) slope = (rest - beyond_response(before, response, before_delta)) / before_steps;
    // Δ after `count` steps: kept Δ − first rest − second slope + η-weighted noise, column by column.
    const auto moved = [&]() -> Eigen::MatrixXd {
      Eigen::ArrayXd kept = Eigen::ArrayXd::Ones(energy.size()), first = Eigen::ArrayXd::Zero(energy.size()),
                     second = first, spread = first, pulled = first;
      for (double i = 0; i < count; ++i) {
        const double here = greedy ? eta : rate_at(schedule, t + i, horizon);
        const Eigen::ArrayXd stays = (1 - here * (response + system.decay())).max(0);
        kept *= stays;
        first = stays * first + here;
        second = stays * second + here * i;
        pulled = stays * pulled + here * system.decay();
        spread = stays.square() * spread + here * here;
      }
      Eigen::MatrixXd after = delta * kept.matrix().asDiagonal() - rest * first.matrix().asDiagonal() -
                              slope * second.matrix().asDiagonal() +
                              kick(now, noise, t) * spread.sqrt().matrix().asDiagonal();
      if (target.size() > 0) after -= target * pulled.matrix().asDiagonal();
      return after;
    };
    Eigen::MatrixXd after = moved();
    DeltaRates then;
    if (after.allFinite()) then = rates(after);
    ++curve.work.evaluations;
    // What the rates are at the end beside what the step took them for, as what Δ misses by.
    const auto missed = [&] {
      const Eigen::MatrixXd off = beyond_response(then, response, after) - rest - count * slope;
      return std::sqrt(eigenvalue_weighted(problem, 0.5 * eta * count * off) /
                       (2 * std::max(risk, system.risk(after))));
    };
    while (count > 1 && after.allFinite() && missed() > most_missed) {
      count = std::max(1.0, std::floor(count / 3));
      after = moved();
      then = rates(after);
      ++curve.work.evaluations;
      ++curve.work.rejected;
    }
    before_delta = std::move(delta);
    delta = std::move(after);
    before = std::move(now);
    now = std::move(then);
    before_steps = count;
    before_t = t;
    before_risk = risk;
    energy_before = energy;
    t += count;
  }
}

}  // namespace muonphase
