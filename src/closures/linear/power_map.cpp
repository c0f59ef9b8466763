#include <fmt/format.h>

#include <cmath>

#include "muonphase/closures/linear/spectral_map.hpp"
#include "muonphase/core/error.hpp"

namespace muonphase {

SpectralMap power_map(double power, double damping) {
  if (!(power >= -1 && power <= 1))
    throw StudyError(fmt::format("the spectral power p = {}: must be a number in [-1, 1]", power));
  if (power < 0 && !(damping > 0 && damping <= 1))
    throw StudyError(fmt::format("the damping of p = {} is {}: must be a number in (0, 1]", power, damping));
  const double linear = power < 0 ? damping : 1e-8;
  return {[=](double x) {
            const double y = x < 1 ? x : 1 + 2 * std::tanh((x - 1) / 2);
            return y * std::pow(y * y + linear * linear, 0.5 * (power - 1));
          },
          0.05 * linear, 20};
}

}  // namespace muonphase
