#include "core/householder.hpp"

#include <Eigen/QR>

namespace muonphase {

QrFactors square_qr(const Eigen::MatrixXd& m) {
  const Eigen::HouseholderQR<Eigen::MatrixXd> qr(m);
  return {qr.householderQ(), qr.matrixQR().diagonal()};
}

QrFactors tall_qr(const Eigen::MatrixXd& m) {
  const Eigen::HouseholderQR<Eigen::MatrixXd> qr(m);
  return {qr.householderQ() * Eigen::MatrixXd::Identity(m.rows(), m.cols()), qr.matrixQR().diagonal()};
}

}  // namespace muonphase
