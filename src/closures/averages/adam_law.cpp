#include "muonphase/closures/averages/adam_law.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "muonphase/closures/averages/gaussian.hpp"
#include "muonphase/closures/averages/window.hpp"
#include "muonphase/core/error.hpp"
#include "muonphase/problem/integer_nodes.hpp"

namespace muonphase {
namespace {

// One lattice in ln u for all: tables of L by `fine`, integrals by `coarse`, which trapezoid rules take to 1e−8.
constexpr double lowest = -44, highest = 44, fine = 0.125;
constexpr int stride = 4, table_nodes = static_cast<int>((highest - lowest) / fine) + 1;
constexpr double coarse = stride * fine;
constexpr double first_u = -32, last_u = 40;  // of integrals
constexpr int nodes_u = static_cast<int>((last_u - first_u) / coarse) + 1;

constexpr int skip = 2;  // of double integrals: 5e−5

double at_node(int i) {
  return first_u + coarse * i;
}

// Cubic through the table's values.
double interpolated(const Eigen::ArrayXd& table, double begin, double step, double x) {
  const double place = std::clamp((x - begin) / step, 1.0, static_cast<double>(table.size()) - 2.001);
  const auto cell = static_cast<Eigen::Index>(place);
  const double p = place - static_cast<double>(cell), below = p + 1, above = p - 1, beyond = p - 2;
  return p * above * beyond / -6 * table(cell - 1) + below * above * beyond / 2 * table(cell) +
         below * p * beyond / -2 * table(cell + 1) + below * p * above / 6 * table(cell + 2);
}

}  // namespace

double AdamGains::table(const Eigen::ArrayXd& values, double theta) {
  if (!(theta > std::exp(begin_ + 2 * step_))) return values(0);
  return interpolated(values.tail(nodes_), begin_, step_, std::min(std::log(theta), begin_ + step_ * (nodes_ - 3)));
}

// Sums over the weights of a step, at the nodes of the integrals.
struct AdamLaw::Weighted {
  Eigen::ArrayXd log_product;  // ln F = Σ_k ln L(u w_k)
  Eigen::ArrayXd first;        // Σ a_k (h/L)(u w_k)
  Eigen::ArrayXd second;       // Σ a_k² (h/L)(u w_k)
  Eigen::ArrayXd pull;         // Σ u w_k/(1 + 2 u w_k)
};

AdamLaw::AdamLaw(double beta1, double beta2, double batch, Residual residual)
    : beta1_(beta1), beta2_(beta2), batch_(batch), residual_(residual) {
  if (beta1 > 0 && !(beta1 * beta1 < beta2))
    throw StudyError(fmt::format("beta2 = {}: must be above beta1² = {:g} for a deterministic curve, or beta1 = 0: "
                                 "updates have no variance else",
                                 beta2, beta1 * beta1));
  exponent_.resize(table_nodes);
  slope_.resize(table_nodes);
  if (std::isinf(batch)) {
    for (int i = 0; i < table_nodes; ++i) {
      const double u = std::exp(lowest + fine * i);
      exponent_(i) = 0.5 * std::log1p(2 * u) / u;
      slope_(i) = -std::log1p(2 * u);
    }
  } else {
    tabulate_batch();
  }
  const Weighted full = weighted(0);
  drift_ = drift_at(0);
  if (beta1 == 0 && beta2 == 0) {
    noise_ = 1;
    linear_ = 2 / M_PI;
    return;
  }
  noise_ = noise_at(0, full);
  if (beta1 > 0) {
    const LagNodes lags = correlated_lags(momentum_window(beta1));
    for (Eigen::Index i = 0; i < lags.lag.size(); ++i) noise_ += 2 * lags.count(i) * noise_at(lags.lag(i), full);
  }
  linear_ = beta1 == 0 && std::isfinite(batch) ? shared_row() : drift_ * drift_;
}

AdamLaw::OneSample AdamLaw::one_sample(double t) const {
  if (t < 1e-12) return {-t, 1};
  if (residual_ == Residual::unit) return {-0.5 * std::log1p(2 * t), 1 / (1 + 2 * t)};
  const LaplaceOfProduct one = laplace_of_product(t);
  return {-one.exponent, one.slope};
}

// L(u) = E_x[l(u x²/B)^B], l the transform of one sample's z²w² or e²: x by a trapezoid rule in ln x², on the lattice of
// ln u.
void AdamLaw::tabulate_batch() {
  constexpr int first_x = -300, last_x = 30;  // ln x² = fine · m; outside, nothing of a normal x is left
  constexpr int every_x = 2;
  const int longest = table_nodes + last_x - first_x;
  std::vector<double> square, weight;
  for (int m = first_x; m <= last_x; m += every_x) {
    square.push_back(std::exp(fine * m));
    weight.push_back(every_x * fine * std::sqrt(square.back() / (2 * M_PI)) * std::exp(-square.back() / 2));
  }
  Eigen::ArrayXd log_one(longest), slope_one(longest);  // of one sample, at ln t = lowest + fine (i + first_x) − ln B
  for (int i = 0; i < longest; ++i) {
    const double t = std::exp(lowest + fine * (i + first_x)) / batch_;
    if (t > 1e18) {  // nearly a power
      log_one(i) = log_one(i - 1);
      slope_one(i) = slope_one(i - 1) * std::exp(-fine);
      continue;
    }
    const OneSample one = one_sample(t);
    log_one(i) = one.log;
    slope_one(i) = one.slope;
  }
  for (int i = 0; i < table_nodes; ++i) {
    double whole = 0, missing = 0, falling = 0;
    for (std::size_t m = 0; m < weight.size(); ++m) {
      const int place = i + every_x * static_cast<int>(m);
      const double log_all = batch_ * log_one(place), lost = std::expm1(log_all),
                   all = lost > -0.9 ? 1 + lost : std::exp(log_all);
      whole += weight[m] * all;
      missing += weight[m] * lost;
      falling += weight[m] * square[m] * all * slope_one(place);
    }
    exponent_(i) = -(missing > -0.5 ? std::log1p(missing) : std::log(whole)) / std::exp(lowest + fine * i);
    slope_(i) = std::log(falling / whole);
  }
}

// `steps` gradients; 0 for averages that are full.
AdamLaw::Weighted AdamLaw::weighted(double steps) const {
  const double memory = beta2_ > 0 ? -1 / std::log(beta2_) : 0, mean = beta1_ > 0 ? -1 / std::log(beta1_) : 0;
  double count = std::ceil(std::max(1.0, 40 * std::max(memory, mean)));
  if (steps > 0) count = std::min(count, steps);
  // Over the shorter of both memories in finer bins, as long as it lasts.
  const double shorter = mean > 0 ? std::min(mean, memory) : memory;
  const double fine_count = std::min(count, std::ceil(std::max(1.0, 40 * shorter)));
  IntegerNodes ages = integer_nodes(fine_count, 24, std::max(1.0, std::floor(3 * shorter)));
  if (fine_count < count) {
    const IntegerNodes rest =
        integer_nodes(count - fine_count, 1, std::max(1.0, std::floor(3 * std::max(mean, memory))));
    const Eigen::Index first = ages.index.size();
    ages.index.conservativeResize(first + rest.index.size());
    ages.weight.conservativeResize(first + rest.index.size());
    ages.index.tail(rest.index.size()) = rest.index + fine_count;
    ages.weight.tail(rest.index.size()) = rest.weight;
  }
  const auto total = [&](double beta) { return steps > 0 ? -std::expm1(steps * std::log(beta)) : 1.0; };
  Weighted result;
  result.log_product = result.first = result.second = result.pull = Eigen::ArrayXd::Zero(nodes_u);
  for (Eigen::Index k = 0; k < ages.index.size(); ++k) {
    const double age = ages.index(k) - 1, times = ages.weight(k);
    const double w = beta2_ > 0 ? (1 - beta2_) * std::exp(age * std::log(beta2_)) / total(beta2_) : (age == 0);
    const double a = beta1_ > 0 ? (1 - beta1_) * std::exp(age * std::log(beta1_)) / total(beta1_) : (age == 0);
    if (w < 1e-18 && a < 1e-12) continue;
    for (int i = 0; i < nodes_u; ++i) {
      const double log_u = at_node(i) + std::log(w), uw = std::exp(log_u);
      if (log_u < lowest + 2 * fine) {  // L = 1 − uw
        result.log_product(i) -= times * uw;
        result.first(i) += times * a;
        result.second(i) += times * a * a;
        result.pull(i) += times * uw;
        continue;
      }
      result.log_product(i) -= times * uw * interpolated(exponent_, lowest, fine, log_u);
      const double ratio = a > 0 ? std::exp(interpolated(slope_, lowest, fine, log_u)) : 0;
      result.first(i) += times * a * ratio;
      result.second(i) += times * a * a * ratio;
      result.pull(i) += times * uw / (1 + 2 * uw);
    }
  }
  return result;
}

// π^(−1/2) ∫ du u^(−1/2) F Σ a_k (h/L).
double AdamLaw::drift_at(double steps) const {
  const Weighted at = weighted(steps);
  double sum = 0;
  for (int i = 0; i < nodes_u; ++i) sum += std::exp(at_node(i) / 2 + at.log_product(i)) * at.first(i);
  return coarse / std::sqrt(M_PI) * sum;
}

// K_ℓ(1) = (β1^ℓ/π) ∬ (uu')^(−1/2) F(x) T(x) F(u')/F(u'β2^ℓ), x = u + u'β2^ℓ.
double AdamLaw::noise_at(double lag, const Weighted& full) const {
  if (lag == 0) {
    double sum = 0;
    for (int i = 0; i < nodes_u; ++i) sum += std::exp(at_node(i) + full.log_product(i)) * full.second(i);
    return coarse * sum;
  }
  const double shift = lag * std::log(beta2_);
  Eigen::ArrayXd rate(nodes_u), second = full.second.log();  // −ln F/u: smooth in ln u
  for (int i = 0; i < nodes_u; ++i) rate(i) = -full.log_product(i) / std::exp(at_node(i));
  const auto log_product = [&](double log_u) {
    if (log_u < first_u + 2 * coarse) return -std::exp(log_u);
    return -std::exp(log_u) * interpolated(rate, first_u, coarse, log_u);
  };
  double sum = 0;
  for (int j = 0; j < nodes_u; j += skip) {
    const double moved = at_node(j) + shift, outer = full.log_product(j) - log_product(moved) + at_node(j) / 2;
    if (outer < -22) continue;
    for (int i = 0; i < nodes_u; i += skip) {
      const double bound = outer + at_node(i) / 2 + full.log_product(i);
      if (bound < -22) continue;
      const double x = std::log(std::exp(at_node(i)) + std::exp(moved));
      sum += std::exp(outer + at_node(i) / 2 + log_product(x) + interpolated(second, first_u, coarse, x));
    }
  }
  return skip * skip * std::pow(beta1_, lag) * coarse * coarse / M_PI * sum;
}

// K'(0) of two entries of one row, which share Y, for β1 = 0: the mean of the square of the gain at given Y's. Y by the
// Gamma law of its first two moments, which is exact in the linear layer.
double AdamLaw::shared_row() const {
  const double shape = batch_ / (residual_ == Residual::unit ? 2 : 8);
  // Trapezoid rule in ln Y.
  const double spread = 1 / std::sqrt(shape), begin = std::min(-9 * spread, -40 / std::max(shape, 1.0));
  constexpr int nodes = 48;
  Eigen::ArrayXd y(nodes), weight(nodes);
  const double end = std::log1p(12 * spread + 30 / shape), step = (end - begin) / (nodes - 1);
  for (int i = 0; i < nodes; ++i) {
    const double log_y = begin + step * i;
    y(i) = std::exp(log_y);
    weight(i) = std::exp(shape * (log_y - y(i) + 1));
  }
  weight /= weight.sum();
  y /= (weight * y).sum();
  // Π_k E_Y[(1 + 2uw_kY)^(−1/2) (1 + 2u'w_kY)^(−1/2)]: the newest gradient's factor with its numerator.
  const double memory = beta2_ > 0 ? -1 / std::log(beta2_) : 0;
  const IntegerNodes ages =
      integer_nodes(std::ceil(std::max(1.0, 30 * memory)), 8, std::max(1.0, std::floor(3 * memory)));
  double sum = 0;
  for (int i = 0; i < nodes_u; i += skip)
    for (int j = 0; j <= i; j += skip) {
      const double u = std::exp(at_node(i)), other = std::exp(at_node(j));
      double log_all = (at_node(i) + at_node(j)) / 2, newest = 1;
      for (Eigen::Index k = 0; k < ages.index.size() && log_all > -22; ++k) {
        const double w = beta2_ > 0 ? (1 - beta2_) * std::exp((ages.index(k) - 1) * std::log(beta2_)) : 1;
        if (u * w < 1e-4) {
          log_all -= ages.weight(k) * (u + other) * w;
          continue;
        }
        const Eigen::ArrayXd both = ((1 + 2 * u * w * y) * (1 + 2 * other * w * y)).rsqrt();
        const double mean = (weight * both).sum();
        if (k == 0) newest = (weight * y * both.cube()).sum() / mean;
        log_all += ages.weight(k) * std::log(mean);
      }
      if (log_all > -22) sum += (i == j ? 1 : 2) * std::exp(log_all) * newest;
    }
  return skip * skip * coarse * coarse / M_PI * sum;
}

Eigen::ArrayXd AdamLaw::startup() const {
  constexpr double close = 1e-4;
  // Geometric steps, the logarithm of what is missing interpolated between them.
  std::vector<double> step{1}, missing{drift_at(1) / drift_};
  while (std::abs(missing.back() - 1) > close && step.size() < 60) {
    step.push_back(step.back() < 12 ? step.back() + 1 : std::ceil(step.back() * 1.3));
    missing.push_back(drift_at(step.back()) / drift_);
  }
  Eigen::ArrayXd result(static_cast<Eigen::Index>(step.back()));
  std::size_t right = step.size() > 1 ? 1 : 0;
  for (Eigen::Index t = 0; t < result.size(); ++t) {
    const auto here = static_cast<double>(t + 1);
    while (right + 1 < step.size() && step[right] < here) ++right;
    const std::size_t left = right > 0 ? right - 1 : 0;
    const double width = std::log(step[right] / step[left]);
    const double fraction = width > 0 ? std::log(here / step[left]) / width : 0;
    result(t) = std::lerp(missing[left], missing[right], fraction);
  }
  return result;
}

AdamGains AdamLaw::gains(double steps) const {
  const Weighted at = weighted(steps);
  const Eigen::ArrayXd log_u = Eigen::ArrayXd::LinSpaced(nodes_u, at_node(0), at_node(nodes_u - 1));
  const Eigen::ArrayXd mean = (log_u / 2 + at.log_product).exp() * at.first * (coarse / std::sqrt(M_PI)),
                       inverse = (log_u + at.log_product).exp() * coarse;
  AdamGains gains;
  gains.mean_.resize(AdamGains::nodes_ + 1);
  gains.inverse_.resize(AdamGains::nodes_ + 1);
  gains.mean_(0) = mean.sum();
  gains.inverse_(0) = 1;
  for (int i = 0; i < AdamGains::nodes_; ++i) {
    const Eigen::ArrayXd factor = (-std::exp(AdamGains::begin_ + AdamGains::step_ * i) * at.pull).exp();
    gains.mean_(i + 1) = (mean * factor).sum();
    gains.inverse_(i + 1) = (inverse * at.second * factor).sum() / (inverse * at.second).sum();
  }
  return gains;
}

}  // namespace muonphase
