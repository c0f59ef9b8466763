#include "core/householder.hpp"

#include <Eigen/QR>

namespace muonphase {

QrFactors tall_qr(const Eigen::MatrixXd& m) {
  const Eigen::HouseholderQR<Eigen::MatrixXd> qr(m);
  return {qr.householderQ() * Eigen::MatrixXd::Identity(m.rows(), m.cols()),
          qr.matrixQR().topRows(m.cols()).triangularView<Eigen::Upper>()};
}

RankFactors rank_factors(const Eigen::MatrixXd& m, double threshold) {
  Eigen::ColPivHouseholderQR<Eigen::MatrixXd> qr(m.rows(), m.cols());
  qr.setThreshold(threshold);
  qr.compute(m);
  const Eigen::Index rank = qr.rank();
  const Eigen::MatrixXd rows = qr.matrixR().topRows(rank).triangularView<Eigen::Upper>();
  return {qr.householderQ() * Eigen::MatrixXd::Identity(m.rows(), rank), rows * qr.colsPermutation().transpose()};
}

}  // namespace muonphase
