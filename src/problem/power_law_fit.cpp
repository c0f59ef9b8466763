#include "muonphase/problem/power_law_fit.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace muonphase {
namespace {

struct Bins {
  std::vector<double> log_rank, log_value;
};

Bins bins_of(const Eigen::ArrayXd& value, RankRange ranks, BinMean mean) {
  constexpr int most = 12;
  Bins bins;
  const double low = std::log(static_cast<double>(ranks.first) - 0.5);
  const double high = std::log(static_cast<double>(ranks.last) + 0.5);
  Eigen::Index at = ranks.first;
  for (int i = 1; i <= most && at <= ranks.last; ++i) {
    const double end = std::exp(low + (high - low) * i / most);
    double sum = 0, log_rank = 0;
    Eigen::Index count = 0;
    for (; at <= ranks.last && (static_cast<double>(at) < end || i == most); ++at, ++count) {
      sum += mean == BinMean::geometric ? std::log(value(at - 1)) : value(at - 1);
      log_rank += std::log(static_cast<double>(at));
    }
    if (count == 0) continue;
    const double average = sum / static_cast<double>(count);
    const double log_value = mean == BinMean::geometric ? average : std::log(average);
    if (!std::isfinite(log_value)) continue;
    bins.log_rank.push_back(log_rank / static_cast<double>(count));
    bins.log_value.push_back(log_value);
  }
  return bins;
}

}  // namespace

PowerLawFit fit_power_law(const Eigen::ArrayXd& value, RankRange ranks, BinMean mean) {
  PowerLawFit fit{.ranks = ranks};
  const Bins bins = bins_of(value, ranks, mean);
  const auto count = static_cast<Eigen::Index>(bins.log_rank.size());
  if (count < 4) return fit;
  const Eigen::ArrayXd x = Eigen::Map<const Eigen::ArrayXd>(bins.log_rank.data(), count);
  const Eigen::ArrayXd y = Eigen::Map<const Eigen::ArrayXd>(bins.log_value.data(), count);
  const Eigen::ArrayXd u = x - x.mean();
  const double spread = u.square().sum();
  const double slope = (u * y).sum() / spread;
  const Eigen::ArrayXd residual = y - y.mean() - slope * u;
  fit.exponent = -slope;
  fit.deviation = std::sqrt(residual.square().mean());
  fit.standard_error = std::sqrt(residual.square().sum() / static_cast<double>(count - 2) / spread);
  // The part of u² that is neither constant nor linear: its coefficient is half the slope's change with ln j.
  const Eigen::ArrayXd square = u.square();
  const Eigen::ArrayXd bend = square - square.mean() - (u * square).sum() / spread * u;
  fit.curvature = -2 * (bend * residual).sum() / bend.square().sum() * (x(count - 1) - x(0));
  fit.usable = true;
  return fit;
}

bool PowerLawFit::is_power_law() const {
  constexpr double relative = 0.25, absolute = 0.1, line = 0.2;
  return usable && std::abs(curvature) <= std::max(relative * std::abs(exponent), absolute) && deviation <= line;
}

RankRange default_ranks(const Eigen::ArrayXd& eigenvalue, Eigen::Index samples) {
  constexpr double least = 1e-8;
  constexpr Eigen::Index few = 16;
  const Eigen::Index modes = eigenvalue.size();
  if (modes <= few) return {1, modes};
  Eigen::Index last = modes / 2;
  if (samples > 0) last = std::min(last, std::max(few, samples / 10));
  last = std::min<Eigen::Index>(last, (eigenvalue > least * eigenvalue(0)).count());
  return {std::min<Eigen::Index>(3, last), last};
}

DensityFit fit_density(const Eigen::ArrayXd& eigenvalue) {
  constexpr Eigen::Index shortest = 10, dense = 200;  // from there on every hundredth length is tried
  DensityFit best;
  double closest = std::numeric_limits<double>::infinity();
  const Eigen::ArrayXd log_value = eigenvalue.log();
  double sum = 0;  // of the first `tail` logarithms
  for (Eigen::Index tail = 1; tail <= eigenvalue.size(); ++tail) {
    sum += log_value(tail - 1);
    const double count = static_cast<double>(tail), excess = sum - count * log_value(tail - 1);
    if (tail < shortest || !(excess > 0)) continue;
    if (tail > dense && tail != eigenvalue.size() && tail % (tail / 100) != 0) continue;
    const double exponent = 1 + count / excess;
    double distance = 0;
    for (Eigen::Index j = 0; j < tail; ++j) {  // the largest first: a share (j + 1)/tail lies at or above it
      const double above = std::exp((1 - exponent) * (log_value(j) - log_value(tail - 1)));
      const double rank = static_cast<double>(j);
      distance = std::max({distance, std::abs(above - rank / count), std::abs(above - (rank + 1) / count)});
    }
    if (distance < closest) {
      closest = distance;
      best = {exponent, (exponent - 1) / std::sqrt(count), eigenvalue(tail - 1), tail};
    }
  }
  return best;
}

}  // namespace muonphase
