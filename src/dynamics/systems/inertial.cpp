#include "muonphase/dynamics/systems/inertial.hpp"

#include <algorithm>
#include <cmath>

#include "dynamics/geometric.hpp"
#include "dynamics/stretches.hpp"
#include "dynamics/window_size.hpp"

namespace muonphase {
namespace {

// (Δ, m) ← [[a, b], [c, d]] (Δ, m) + (e, f) W* + noise of covariance [[p, q], [q, r]].
struct ModeStep {
  double a, b, c, d, e, f, p, q, r;

  // First this one, then `next`.
  ModeStep then(const ModeStep& next) const {
    const auto [na, nb, nc, nd, ne, nf, np, nq, nr] = next;
    return {na * a + nb * c,
            na * b + nb * d,
            nc * a + nd * c,
            nc * b + nd * d,
            na * e + nb * f + ne,
            nc * e + nd * f + nf,
            na * na * p + 2 * na * nb * q + nb * nb * r + np,
            na * nc * p + (na * nd + nb * nc) * q + nb * nd * r + nq,
            nc * nc * p + 2 * nc * nd * q + nd * nd * r + nr};
  }
};

ModeStep repeated(ModeStep step, double count) {
  ModeStep result{1, 0, 0, 1, 0, 0, 0, 0, 0};
  for (auto left = static_cast<long long>(count); left > 0; left /= 2) {
    if (left % 2 == 1) result = result.then(step);
    if (left > 1) step = step.then(step);
  }
  return result;
}

// Steps without an average: m is not used.
ModeStep repeated_without_average(double lost, double pull, double noise, double count) {
  const Geometric mean = geometric(lost, count), square = geometric(lost * (2 - lost), count);
  return {mean.power, 0, 0, 0, pull * mean.sum, 0, noise * square.sum, 0, 0};
}

struct Modes {
  Eigen::ArrayXXd of_start, of_target;                  // the mean of Δ per Δ_0 and W*
  Eigen::ArrayXXd average_of_start, average_of_target;  // and of m
  Eigen::ArrayXXd variance, shared, average_variance;   // of Δ, of both, of m
  Eigen::ArrayXXd average_noise;                        // of ε in m
  double past = 0;                                      // Σ_{a≥1} of the weighted squares 2R
  double steps = 0;
};

class InertialSystem {
 public:
  using State = Modes;
  struct Rates {
    Eigen::ArrayXXd rate, white, kick;  // of c; variances of ξ and ε
  };

  InertialSystem(const Problem& problem, const Inertia& inertia)
      : problem_(problem),
        inertia_(inertia),
        weight_(risk_weight(problem)),
        target_(target_energy(problem)),
        overlap_(target_overlap(problem)),
        newest_(inertia.memory.mean.newest),
        retention_(inertia.memory.mean.retention),
        older_(inertia.memory.mean.one_step() ? 0
                                              : inertia.memory.mean.tail * retention_ / (1 - retention_)) {}

  State start() const {
    const Eigen::ArrayXXd zero = Eigen::ArrayXXd::Zero(weight_.rows(), weight_.cols());
    return {zero + 1, zero, zero, zero, zero, zero, zero, zero};
  }
  int panels() const { return 8; }
  Eigen::ArrayXXd energy(const State& state) const {
    return second_moment(state.of_start, state.of_target).max(0) + state.variance;
  }
  double risk(const State& state) const { return population_risk(problem_, energy(state)); }
  double excess(const State& state) const { return 0.5 * (weight_ * energy(state)).sum(); }
  // The root of the average of 2R by which updates are scaled.
  double size(const State& state) const { return std::sqrt(scale(state)); }
  Eigen::ArrayXd mode_energy(const State& state) const {
    return (energy(state).matrix().transpose() * problem_.output.weight.matrix()).array();
  }

  Rates rates_of(const StepRates& now, const State& state) const {
    const double twice_risk = 2 * risk(state), ratio = twice_risk > 0 ? scale(state) / twice_risk : 1;
    const Memory& memory = inertia_.memory;
    // What follows the average, summed over lags, is at most all there is.
    const Eigen::ArrayXXd along = now.rate.square() * now.noise;
    const Eigen::ArrayXXd share = (along > now.excess).select(now.excess / along, 1);
    Rates result{now.rate, now.excess - share * along, share * now.noise};
    if (memory.mean.one_step()) {
      result.white = now.excess;
      result.kick.setZero();
    }
    if (memory.none()) return result;
    if (memory.size == Memory::Size::free) return result;
    if (memory.size == Memory::Size::corrected) {
      const auto step = static_cast<Eigen::Index>(state.steps);
      const double gain = step < memory.startup.size() ? memory.startup(step) : 1;
      result.rate *= gain / (weight_so_far(memory.mean, state.steps + 1) * std::sqrt(ratio));
      result.white *= gain * gain / ratio;
      return result;
    }
    result.rate /= std::sqrt(ratio);
    return result;
  }

  // E[c²] but for the noise that c holds, with noise as large as it is now.
  Eigen::ArrayXXd seen(const State& state) const {
    const Memory& memory = inertia_.memory;
    if (memory.mean.one_step() || memory.size != Memory::Size::map) return energy(state);
    const double twice_risk = 2 * risk(state), ratio = twice_risk > 0 ? scale(state) / twice_risk : 1;
    const Eigen::ArrayXXd mean = second_moment(newest_ * state.of_start + older_ * state.average_of_start,
                                               newest_ * state.of_target + older_ * state.average_of_target);
    return (mean.max(0) + newest_ * newest_ * state.variance + 2 * newest_ * older_ * state.shared +
            older_ * older_ * (state.average_variance - state.average_noise)) /
           ratio;
  }

  double greedy(const State& state, const Rates& rates) const {
    const double decay = inertia_.weight_decay;
    const Eigen::ArrayXXd seen_start = newest_ * state.of_start + older_ * state.average_of_start,
                          seen_target = newest_ * state.of_target + older_ * state.average_of_target;
    const Eigen::ArrayXXd seen_variance = newest_ * newest_ * (state.variance + rates.kick) +
                                          2 * newest_ * older_ * state.shared +
                                          older_ * older_ * state.average_variance;
    const Eigen::ArrayXXd push_start = rates.rate * seen_start + decay * state.of_start,
                          push_target = rates.rate * seen_target + decay * (1 + state.of_target);
    const Eigen::ArrayXXd along = product_moment(state.of_start, state.of_target, push_start, push_target) +
                                  (rates.rate * newest_ + decay) * state.variance + rates.rate * older_ * state.shared;
    const Eigen::ArrayXXd square =
        second_moment(push_start, push_target) + rates.rate.square() * seen_variance + rates.white;
    return (weight_ * along).sum() / (weight_ * square).sum();
  }

  Rates mix(const Rates& a, double x, const Rates& b, double y) const {
    return {x * a.rate + y * b.rate, x * a.white + y * b.white, x * a.kick + y * b.kick};
  }
  Rates extrapolate(const Rates& first, const Rates& slope, double length) const {
    return {bounded(first.rate, slope.rate, length), bounded(first.white, slope.white, length),
            bounded(first.kick, slope.kick, length)};
  }
  Rates at_size(const Rates& rates, double x) const { return {rates.rate / x, rates.white, rates.kick * (x * x)}; }

  State panel(const State& from, const Rates& left, const Rates& right, double eta_left, double eta_right,
              double count) const {
    const double w = 0.5 + 0.5 / count, x = w * eta_left, y = (1 - w) * eta_right;
    const double decay = inertia_.weight_decay * (x + y), forgotten = 1 - retention_;
    const Eigen::ArrayXXd fall = x * left.rate + y * right.rate,
                          gain = x * eta_left * left.white + y * eta_right * right.white,
                          kick = w * left.kick + (1 - w) * right.kick;
    const Geometric kept = geometric(1 - retention_ * retention_, count);
    State to = from;
    for (Eigen::Index i = 0; i < fall.size(); ++i) {
      const double r = fall.data()[i], k = kick.data()[i];
      const ModeStep step =
          retention_ == 0
              ? repeated_without_average(decay + r, -decay, gain.data()[i], count)
              : repeated({1 - decay - r * newest_, -r * older_, forgotten, retention_, -decay, 0,
                          r * r * newest_ * newest_ * k + gain.data()[i], -r * newest_ * forgotten * k,
                          forgotten * forgotten * k},
                         count);
      const auto move = [&](double& delta, double& average, double e, double f) {
        const double before = delta;
        delta = step.a * before + step.b * average + e;
        average = step.c * before + step.d * average + f;
      };
      move(to.of_start.data()[i], to.average_of_start.data()[i], 0, 0);
      move(to.of_target.data()[i], to.average_of_target.data()[i], step.e, step.f);
      const double p = from.variance.data()[i], q = from.shared.data()[i], s = from.average_variance.data()[i];
      to.variance.data()[i] = step.a * step.a * p + 2 * step.a * step.b * q + step.b * step.b * s + step.p;
      to.shared.data()[i] =
          step.a * step.c * p + (step.a * step.d + step.b * step.c) * q + step.b * step.d * s + step.q;
      to.average_variance.data()[i] = step.c * step.c * p + 2 * step.c * step.d * q + step.d * step.d * s + step.r;
      to.average_noise.data()[i] = kept.power * from.average_noise.data()[i] + forgotten * forgotten * k * kept.sum;
    }
    to.steps += count;
    to.past = past_after(inertia_.memory.square, from.past, 2 * risk(from), 2 * risk(to), count);
    return to;
  }

 private:
  // E of (x Δ_0 + y W*)² and of (x Δ_0 + y W*)(z Δ_0 + u W*).
  Eigen::ArrayXXd second_moment(const Eigen::ArrayXXd& x, const Eigen::ArrayXXd& y) const {
    return product_moment(x, y, x, y);
  }
  Eigen::ArrayXXd product_moment(const Eigen::ArrayXXd& x, const Eigen::ArrayXXd& y, const Eigen::ArrayXXd& z,
                                 const Eigen::ArrayXXd& u) const {
    return x * z * problem_.energy + (x * u + y * z) * overlap_ + y * u * target_;
  }
  double scale(const State& state) const {
    const Window& square = inertia_.memory.square;
    if (inertia_.memory.size == Memory::Size::corrected)
      return (square.newest * 2 * risk(state) + state.past) / weight_so_far(square, state.steps + 1);
    return weighted_square(square, 2 * risk(state), state.past);
  }

  const Problem& problem_;
  const Inertia& inertia_;
  Eigen::ArrayXXd weight_, target_, overlap_;
  double newest_, retention_, older_;  // c = newest (Δ + ε) + older m
};

}  // namespace

RiskCurve integrate_inertial(const Problem& problem, const StepRateFunction& rates, const Inertia& inertia,
                             const LearningRate& schedule, const Eigen::ArrayXd& record,
                             const QuasilinearOptions& options) {
  validate(problem);
  const InertialSystem system(problem, inertia);
  return integrate_stretches(
      system, [&](const Modes& state) { return system.rates_of(rates(system.energy(state), system.seen(state)), state); }, schedule,
      record, options);
}

}  // namespace muonphase
