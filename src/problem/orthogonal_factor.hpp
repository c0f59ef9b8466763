#pragma once
#include <Eigen/Core>

#include "muonphase/core/monitor.hpp"

namespace muonphase {

/// The orthogonal factor Q of a square matrix A = QR with a positive diagonal of R, to the bits of Eigen's
/// HouseholderQR, which takes 8/3 d³ operations in one call. The monitor counts 2 d columns and may interrupt between
/// blocks of them.
Eigen::MatrixXd orthogonal_factor(Eigen::MatrixXd a, const Monitor& monitor);

}  // namespace muonphase
