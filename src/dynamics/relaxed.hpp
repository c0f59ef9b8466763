#pragma once
#include <Eigen/Core>
#include <cmath>

namespace muonphase {

// `count` steps of v ← (1 − fall)² v + gain.
inline Eigen::ArrayXXd relaxed(const Eigen::ArrayXXd& energy, const Eigen::ArrayXXd& fall, const Eigen::ArrayXXd& gain,
                               double count) {
  if (count == 1) return (1 - fall).square() * energy + gain;
  // (1 − fall)^(2 count).
  const Eigen::ArrayXXd log_factor =
      (fall < 0.5).select((-fall.min(0.5)).log1p(), (1 - fall).abs().max(1e-300).log()) * (2 * count);
  const Eigen::ArrayXXd lost = -log_factor.unaryExpr([](double x) { return std::expm1(x); });
  const Eigen::ArrayXXd lost_once = fall * (2 - fall);
  const Eigen::ArrayXXd steps = (lost_once.abs() > 1e-14).select(lost / lost_once, count);
  return energy * (1 - lost) + gain * steps;
}

}  // namespace muonphase
