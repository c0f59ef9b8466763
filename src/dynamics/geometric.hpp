#pragma once
#include <cmath>

namespace muonphase {

// x^count and Σ_{k < count} x^k of x = 1 − lost, exact for small losses too. Losses above one change signs at every
// step.
struct Geometric {
  double power, sum;
};

inline Geometric geometric(double lost, double count) {
  if (lost == 0) return {1, count};
  const double power = lost < 0.5 ? std::exp(count * std::log1p(-lost)) : std::pow(1 - lost, count);
  const double gone = lost < 0.5 ? -std::expm1(count * std::log1p(-lost)) : 1 - power;
  return {power, gone / lost};
}

// v after `count` steps v ← (1 − fall)² v + gain.
inline double relaxed(double v, double fall, double gain, double count) {
  const Geometric square = geometric(fall * (2 - fall), count);
  return v * square.power + gain * square.sum;
}

}  // namespace muonphase
