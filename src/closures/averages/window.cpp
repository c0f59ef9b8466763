#include "muonphase/closures/averages/window.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <complex>

#include "muonphase/closures/averages/gaussian.hpp"
#include "muonphase/core/error.hpp"
#include "muonphase/problem/integer_nodes.hpp"

namespace muonphase {
namespace {

// Nodes 1..count, one by one at first, in bins of three memory times beyond, over which weights change by e³.
IntegerNodes graded_nodes(double count, double exact, double memory) {
  return integer_nodes(count, exact, std::max(1.0, std::floor(3 * memory)));
}

double decay_time(const Window& window) {
  return -1 / std::log(window.retention);
}

void require_fraction(const char* name, double value, bool open) {
  if (!(value >= 0 && value < 1) || (open && value == 0))
    throw StudyError(fmt::format("{} = {}: must be in {}0, 1)", name, value, open ? "(" : "["));
}

// E[z² A A'] at all pairs.
Eigen::MatrixXd pairs_of(const SampleWindow& window, const Eigen::ArrayXd& kappa, const Eigen::ArrayXd& other,
                         double step) {
  if (window.residual == Residual::gaussian) return saturation_pairs(kappa, other, step);
  return (1 / (1 + kappa)).matrix() * (1 / (1 + other)).matrix().transpose();
}

// Of z² w² or of w² alone, L = (1 + 2t)^(−1/2).
LaplaceOfProduct laplace_of(Residual residual, double t) {
  if (residual == Residual::gaussian) return laplace_of_product(t);
  return {0.5 * std::log1p(2 * t), 1 / (1 + 2 * t)};
}

}  // namespace

Window momentum_window(double momentum, bool nesterov) {
  require_fraction("momentum", momentum, false);
  if (momentum == 0) return {};
  if (nesterov) return {(1 - momentum) * (1 + momentum), (1 - momentum) * momentum, momentum};
  return {1 - momentum, 1 - momentum, momentum};
}

Window interpolated_window(double beta1, double beta2) {
  require_fraction("beta1", beta1, false);
  require_fraction("beta2", beta2, true);
  if (beta1 == 0) return {};
  return {1 - beta1, beta1 * (1 - beta2) / beta2, beta2};
}

double sample_weight(const Window& window, double age) {
  if (age == 0) return window.newest;
  return window.one_step() ? 0 : window.tail * std::exp(age * std::log(window.retention));
}

SampleWindow sample_window(const Window& over, double filling, Residual residual) {
  SampleWindow window{over, Eigen::ArrayXd::Zero(1), Eigen::ArrayXd::Ones(1), {}, residual};
  if (!over.one_step()) {
    const double memory = decay_time(over);
    const double ages = std::ceil(std::min(filling + 20 * memory, 37 * memory)) + 1;
    const IntegerNodes nodes = graded_nodes(ages, 12, memory);
    window.age = nodes.index - 1;
    window.count = nodes.weight;
  }
  window.weight = weights_after(window, 0);
  return window;
}

Eigen::ArrayXd weights_after(const SampleWindow& window, double lag) {
  return window.age.unaryExpr([&](double age) { return sample_weight(window.window, age + lag); });
}

LagNodes correlated_lags(const Window& window) {
  if (window.one_step()) return {};
  const double memory = decay_time(window);
  const IntegerNodes nodes = graded_nodes(std::ceil(12 * memory), 4, memory);
  return {nodes.index, nodes.weight};
}

template <class T>
Saturation<T> saturation_of(const SampleWindow& window, const T& kappa) {
  return window.residual == Residual::unit ? unit_saturation(kappa) : saturation_moments(kappa);
}

template Saturation<double> saturation_of(const SampleWindow&, const double&);
template Saturation<Eigen::ArrayXcd> saturation_of(const SampleWindow&, const Eigen::ArrayXcd&);

template <>
WindowMoments<double> window_moments(const SampleWindow& window, double kappa) {
  WindowMoments<double> sum{0, 0, 0, 0};
  for (Eigen::Index a = 0; a < window.weight.size(); ++a) {
    const double weight = window.weight(a), count = window.count(a);
    const Saturation<double> m = saturation_of(window, weight * weight * kappa);
    sum.unsaturated += count * m.one;
    sum.second += count * weight * weight * m.second;
    sum.variance += count * m.variance;
    sum.signal += count * weight * m.second;
  }
  return sum;
}

template <>
WindowMoments<std::complex<double>> window_moments(const SampleWindow& window, std::complex<double> kappa) {
  const Saturation<Eigen::ArrayXcd> m = saturation_of(window, Eigen::ArrayXcd(kappa * window.weight.square()));
  const Eigen::ArrayXd signal = window.count * window.weight;
  return {(window.count * m.one).sum(), (signal * window.weight * m.second).sum(), (window.count * m.variance).sum(),
          (signal * m.second).sum()};
}

WindowPairs window_pairs(const SampleWindow& window, const Eigen::ArrayXd& kappa, double lag) {
  const Eigen::ArrayXd after = weights_after(window, lag);
  const Eigen::Index size = kappa.size();
  const Eigen::MatrixXd zero = Eigen::MatrixXd::Zero(size, size);
  WindowPairs sum{zero, zero, zero, Eigen::ArrayXd::Zero(size)};
  // One average alone needs the digits that cancel at hard edges.
  const double step = window.weight.size() == 1 ? 0.1 : 0.3;
  for (Eigen::Index a = 0; a < after.size(); ++a) {
    const double here = window.weight(a), there = after(a), count = window.count(a);
    const Eigen::MatrixXd pairs = pairs_of(window, here * here * kappa, there * there * kappa, step);
    sum.cross += count * here * there * pairs;
    sum.earlier += count * here * here * pairs;
    sum.later += count * there * there * pairs;
    for (Eigen::Index j = 0; j < size; ++j)
      sum.kept(j) += count * there * there * saturation_of(window, there * there * kappa(j)).second;
  }
  return sum;
}

// 1/√S = (1/√π) ∫ u^(−1/2) e^(−uS) du, and the mean of S_a e^(−tS) is −B L' L^(B−1) at t = uω_a²; trapezoid in ln u.
double chi(double batch, const SampleWindow& window) {
  constexpr double step = 0.2;
  // The integrand falls as √(uB) to the left of uω² = 1/B and at least as fast as 1/u to the right.
  const double centre = -std::log(batch * window.sum_of_squares());
  const int left = static_cast<int>(70 / step), right = static_cast<int>(80 / step);
  double sum = 0;
  for (int i = -left; i <= right; ++i) {
    const double u = std::exp(centre + i * step);
    double exponent = 0, mean = 0;
    for (Eigen::Index a = 0; a < window.weight.size(); ++a) {
      const LaplaceOfProduct laplace = laplace_of(window.residual, u * window.weight(a) * window.weight(a));
      exponent += window.count(a) * batch * laplace.exponent;
      mean += window.count(a) * window.weight(a) * batch * laplace.slope;
    }
    sum += std::sqrt(u) * mean * std::exp(-exponent);
  }
  return step * sum * M_2_SQRTPI / 2;
}

LagCorrelations lag_correlations(const SampleWindow& window) {
  const LagNodes lags = correlated_lags(window.window);
  LagCorrelations result{Eigen::ArrayXd::Ones(lags.lag.size() + 1), Eigen::ArrayXd::Ones(lags.lag.size() + 1)};
  for (Eigen::Index i = 0; i < lags.lag.size(); ++i) {
    result.correlation(i + 1) =
        (window.count * window.weight * weights_after(window, lags.lag(i))).sum() / window.sum_of_squares();
    result.count(i + 1) = 2 * lags.count(i);
  }
  return result;
}

}  // namespace muonphase
