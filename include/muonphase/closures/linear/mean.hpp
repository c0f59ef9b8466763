#pragma once
#include <vector>

#include "muonphase/closures/linear/coefficients.hpp"

namespace muonphase {

/// The mean of coefficients over random bases, one set at least: drift and diffusion enter the mode equations linearly.
inline Coefficients mean_of(const std::vector<Coefficients>& sets) {
  Coefficients mean = sets.front();
  for (std::size_t i = 1; i < sets.size(); ++i) {
    mean.drift += sets[i].drift;
    mean.diffusion += sets[i].diffusion;
  }
  mean.drift /= static_cast<double>(sets.size());
  mean.diffusion /= static_cast<double>(sets.size());
  return mean;
}

}  // namespace muonphase
