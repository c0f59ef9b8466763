#include "muonphase/optimizers/weight_decay.hpp"

#include <algorithm>
#include <boost/math/tools/roots.hpp>
#include <cmath>
#include <cstdint>
#include <limits>

#include "muonphase/closures/linear/mean.hpp"

namespace muonphase {
namespace {

constexpr double infinite = std::numeric_limits<double>::infinity();

// The fixed point as a function of x = λρ (λ for SGD), a ridge's parameter beside the drift f.
class Ridge {
 public:
  Ridge(const Problem& problem, const Coefficients& coefficients, double learning_rate)
      : drift_(coefficients.drift),
        noise_(learning_rate / 2 * risk_weight(problem) * coefficients.diffusion),
        target_(risk_weight(problem) * target_energy(problem)),
        label_noise_(problem.noise_variance()),
        scale_invariant_(coefficients.scale_invariant) {}

  // ρ² = σ² + noise ρ (or noise ρ²) + bias.
  double size(double x) const {
    const double noise = (noise_ / (drift_ + x)).sum(), fixed = label_noise_ + bias(x);
    if (scale_invariant_) return noise / 2 + std::sqrt(noise * noise / 4 + fixed);
    return noise < 1 ? std::sqrt(fixed / (1 - noise)) : infinite;
  }
  double risk(double x) const {
    const double rho = size(x);
    return rho * rho / 2;
  }
  // The λ of which x is the parameter.
  double decay(double x) const { return scale_invariant_ ? x / size(x) : x; }
  // Of ln risk with respect to x at fixed ρ, up to a positive factor: negative where more decay helps.
  double slope(double x) const {
    const double rho = size(x);
    const double helped = (scale_invariant_ ? rho : rho * rho) * (noise_ / (drift_ + x).square()).sum();
    return 2 * x * (target_ * drift_ / (drift_ + x).cube()).sum() - helped;
  }
  double smallest() const { return drift_.minCoeff(); }
  double largest() const { return drift_.maxCoeff(); }

 private:
  double bias(double x) const { return (target_ * (x / (drift_ + x)).square()).sum(); }

  Eigen::ArrayXXd drift_, noise_, target_;
  double label_noise_;
  bool scale_invariant_;
};

template <class F>
double root(F f, double low, double high) {
  std::uintmax_t most = 200;
  const auto [left, right] = boost::math::tools::toms748_solve(
      [&](double log_x) { return f(std::exp(log_x)); }, std::log(low), std::log(high),
      boost::math::tools::eps_tolerance<double>(45), most);
  return std::exp(0.5 * (left + right));
}

BestDecay best_of(const Ridge& ridge) {
  BestDecay best{0, ridge.risk(0), ridge.risk(0)};
  // Minima among the roots of the slope, along a grid of x.
  constexpr double ratio = 1.5;
  const double end = 1e8 * ridge.largest();
  for (double x = 1e-8 * std::max(ridge.smallest(), 1e-12 * ridge.largest()); x < end; x *= ratio) {
    if (!(ridge.slope(x) < 0 && ridge.slope(x * ratio) >= 0)) continue;
    const double found = root([&](double y) { return ridge.slope(y); }, x, x * ratio);
    if (ridge.risk(found) < best.floor) best = {ridge.decay(found), ridge.risk(found), best.without};
  }
  if (ridge.risk(end) < best.floor) best = {infinite, ridge.risk(end), best.without};
  return best;
}

}  // namespace

double decayed_floor(const Problem& problem, const Coefficients& coefficients, double learning_rate,
                     double weight_decay) {
  const Ridge ridge(problem, coefficients, learning_rate);
  if (weight_decay == 0) return ridge.risk(0);
  // λ increases with x: from below its range to above it.
  double low = weight_decay, high = weight_decay;
  while (ridge.decay(low) > weight_decay) low /= 8;
  while (ridge.decay(high) < weight_decay) high *= 8;
  if (low == high) return ridge.risk(low);
  return ridge.risk(root([&](double x) { return ridge.decay(x) - weight_decay; }, low, high));
}

std::vector<Optimizer> at_weight_decays(const Optimizer& optimizer, const std::vector<double>& weight_decays) {
  if (weight_decays.empty()) return {optimizer};
  std::vector<Optimizer> all;
  for (const double decay : weight_decays) {
    OptimizerOptions options = optimizer.options();
    options["weight_decay"] = decay;
    all.emplace_back(optimizer.description(), options);
  }
  return all;
}

BestDecay best_weight_decay(const Problem& problem, const Optimizer& optimizer, double learning_rate,
                            const OdeOptions& options) {
  const auto sets =
      linear_coefficients(problem, optimizer, {.draws = {options.bases, options.seed}, .monitor = options.monitor});
  return best_of(Ridge(problem, mean_of(sets), learning_rate));
}

}  // namespace muonphase
