#include "core/householder.hpp"

#include <Eigen/QR>

namespace muonphase {

QrFactors tall_qr(const Eigen::MatrixXd& m) {
  const Eigen::HouseholderQR<Eigen::MatrixXd> qr(m);
  return {qr.householderQ() * Eigen::MatrixXd::Identity(m.rows(), m.cols()), qr.matrixQR().diagonal()};
}

}  // namespace muonphase
