#include "reference_svd.hpp"

#include <Eigen/QR>
#include <Eigen/SVD>

namespace muonphase {

ReferenceSvd reference_svd(const Eigen::MatrixXd& matrix) {
  const Eigen::JacobiSVD<Eigen::MatrixXd, Eigen::FullPivHouseholderQRPreconditioner> svd(
      matrix, Eigen::ComputeFullU | Eigen::ComputeFullV);
  const Eigen::Index rank = svd.singularValues().size();
  return {svd.matrixU().leftCols(rank), svd.singularValues(), svd.matrixV().leftCols(rank)};
}

Eigen::MatrixXd orthonormal_columns(const Eigen::MatrixXd& matrix) {
  return Eigen::HouseholderQR<Eigen::MatrixXd>(matrix).householderQ() *
         Eigen::MatrixXd::Identity(matrix.rows(), matrix.cols());
}

}  // namespace muonphase
