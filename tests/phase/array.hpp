#pragma once
#include <Eigen/Core>
#include <initializer_list>

namespace muonphase {

inline Eigen::ArrayXd array(std::initializer_list<double> values) {
  return Eigen::Map<const Eigen::ArrayXd>(values.begin(), static_cast<Eigen::Index>(values.size()));
}

}  // namespace muonphase
