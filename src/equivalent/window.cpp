#include "muonphase/equivalent/window.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "muonphase/equivalent/gaussian.hpp"
#include "muonphase/error.hpp"
#include "muonphase/problem/integer_nodes.hpp"

namespace muonphase {
namespace {

// Nodes 1..count, one by one at first, in bins of two memory times beyond, over which weights change by e².
IntegerNodes graded_nodes(double count, double exact, double memory) {
  return integer_nodes(count, exact, std::max(1.0, std::floor(2 * memory)));
}

double memory_of(const Momentum& momentum) {
  return -1 / std::log(momentum.retention);
}

}  // namespace

double sample_weight(const Momentum& momentum, double age) {
  const double mu = momentum.retention;
  const double decay = mu == 0 ? (age == 0 ? 1.0 : 0.0) : std::exp(age * std::log(mu));
  if (!momentum.nesterov) return (1 - mu) * decay;
  return age == 0 ? (1 - mu) * (1 + mu) : (1 - mu) * mu * decay;
}

SampleWindow sample_window(const Momentum& momentum, double filling) {
  const double mu = momentum.retention;
  if (!(mu >= 0 && mu < 1)) throw StudyError(fmt::format("momentum = {}: must be in [0, 1)", mu));
  SampleWindow window{momentum, Eigen::ArrayXd::Zero(1), Eigen::ArrayXd::Ones(1), {}};
  if (mu > 0) {
    const double memory = memory_of(momentum);
    const double ages = std::ceil(std::min(filling + 10 * memory, 37 * memory)) + 1;
    const IntegerNodes nodes = graded_nodes(ages, 32, memory);
    window.age = nodes.index - 1;
    window.count = nodes.weight;
  }
  window.weight = weights_after(window, 0);
  return window;
}

Eigen::ArrayXd weights_after(const SampleWindow& window, double lag) {
  return window.age.unaryExpr([&](double age) { return sample_weight(window.momentum, age + lag); });
}

LagNodes correlated_lags(const Momentum& momentum) {
  if (momentum.retention == 0) return {};
  const double memory = memory_of(momentum);
  const IntegerNodes nodes = graded_nodes(std::ceil(12 * memory), 8, memory);
  return {nodes.index, nodes.weight};
}

WindowMoments window_moments(const SampleWindow& window, double kappa) {
  WindowMoments sum{0, 0, 0, 0};
  for (Eigen::Index a = 0; a < window.weight.size(); ++a) {
    const double weight = window.weight(a), count = window.count(a);
    const SaturationMoments m = saturation_moments(weight * weight * kappa);
    sum.unsaturated += count * m.one;
    sum.second += count * weight * weight * m.second;
    sum.variance += count * m.variance;
    sum.signal += count * weight * m.second;
  }
  return sum;
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
    const Eigen::MatrixXd pairs = saturation_pairs(here * here * kappa, there * there * kappa, step);
    sum.cross += count * here * there * pairs;
    sum.earlier += count * here * here * pairs;
    sum.later += count * there * there * pairs;
    for (Eigen::Index j = 0; j < size; ++j)
      sum.kept(j) += count * there * there * saturation_moments(there * there * kappa(j)).second;
  }
  return sum;
}

}  // namespace muonphase
