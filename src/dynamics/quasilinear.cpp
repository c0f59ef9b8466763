#include "muonphase/dynamics/quasilinear.hpp"

#include <algorithm>
#include <cmath>

#include "stretches.hpp"

namespace muonphase {
namespace {

class EnergySystem {
 public:
  using State = Eigen::ArrayXXd;
  // `diffusion` here is what E[Φ²] has beyond the drift's own square, rate² v. That part follows the energy at once,
  // and a step is v ← (1 − η rate)² v + η² excess: no step beyond one relaxation makes energies oscillate or negative.
  using Rates = ModeRates;

  static Rates split(ModeRates rates, const State& energy) {
    rates.diffusion = (rates.diffusion - rates.rate.square() * energy).max(0);
    return rates;
  }

  explicit EnergySystem(const Problem& problem) : problem_(problem), weight_(risk_weight(problem)) {}

  State start() const { return problem_.energy; }
  int panels() const { return 8; }

  double risk(const State& energy) const {
    return 0.5 * ((weight_ * energy).sum() + problem_.label_noise * problem_.label_noise);
  }

  double greedy(const State& energy, const Rates& rates) const {
    return (weight_ * rates.rate * energy).sum() / (weight_ * (rates.diffusion + rates.rate.square() * energy)).sum();
  }

  Eigen::ArrayXd mode_energy(const State& energy) const {
    return (energy.matrix().transpose() * problem_.output.weight.matrix()).array();
  }

  Rates mix(const Rates& a, double x, const Rates& b, double y) const {
    return {x * a.rate + y * b.rate, x * a.diffusion + y * b.diffusion};
  }

  // By no more than a factor of two.
  Rates extrapolate(const Rates& first, const Rates& slope, double length) const {
    return {(first.rate + length * slope.rate).max(0.5 * first.rate).min(2 * first.rate),
            (first.diffusion + length * slope.diffusion).max(0.5 * first.diffusion).min(2 * first.diffusion)};
  }

  State panel(const State& energy, const Rates& left, const Rates& right, double eta_left, double eta_right,
              double count) const {
    const double w = 0.5 + 0.5 / count;
    const Eigen::ArrayXXd fall = w * eta_left * left.rate + (1 - w) * eta_right * right.rate;
    const Eigen::ArrayXXd gain =
        w * eta_left * eta_left * left.diffusion + (1 - w) * eta_right * eta_right * right.diffusion;
    if (count == 1) return (1 - fall).square() * energy + gain;
    // (1 − fall)^(2 count).
    const Eigen::ArrayXXd log_factor =
        (fall < 0.5).select((-fall.min(0.5)).log1p(), (1 - fall).abs().max(1e-300).log()) * (2 * count);
    const Eigen::ArrayXXd lost = -log_factor.unaryExpr([](double x) { return std::expm1(x); });
    const Eigen::ArrayXXd lost_once = fall * (2 - fall);
    const Eigen::ArrayXXd steps = (lost_once.abs() > 1e-14).select(lost / lost_once, count);
    return energy * (1 - lost) + gain * steps;
  }

 private:
  const Problem& problem_;
  Eigen::ArrayXXd weight_;
};

}  // namespace

RiskCurve integrate_quasilinear(const Problem& problem, const RateFunction& rates, const LearningRate& schedule,
                                const Eigen::ArrayXd& record, const QuasilinearOptions& options) {
  validate(problem);
  return integrate_stretches(
      EnergySystem(problem), [&](const Eigen::ArrayXXd& energy) { return EnergySystem::split(rates(energy), energy); },
      schedule, record, options);
}

}  // namespace muonphase
