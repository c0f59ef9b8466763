#pragma once
#include <Eigen/Core>

namespace muonphase {

/// M = Q R by Householder reflections: Q, and the diagonal of R, whose signs are the reflections' own.
struct QrFactors {
  Eigen::MatrixXd q;
  Eigen::VectorXd diagonal;
};

/// Q has the shape of a tall M.
QrFactors tall_qr(const Eigen::MatrixXd& m);

}  // namespace muonphase
