#pragma once
#include "muonphase/imbalance/mixture.hpp"

namespace muonphase {

/// Four classes of unequal priors in `dimension` ≥ 4 dimensions.
inline Mixture example_mixture(int dimension) {
  return {Eigen::Array4d(0.55, 0.25, 0.13, 0.07), Eigen::ArrayXd::Constant(4, 1.3), 0.4, dimension};
}

}  // namespace muonphase
