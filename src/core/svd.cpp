#include "core/svd.hpp"

#include <Eigen/SVD>
#include <algorithm>
#include <limits>

namespace muonphase {

template <class S>
Matrix<S> svd_polar(const Matrix<S>& g) {
  const Eigen::JacobiSVD<Matrix<S>> svd(g, Eigen::ComputeThinU | Eigen::ComputeThinV);
  const auto& sigma = svd.singularValues();
  const S zero = sigma(0) * std::numeric_limits<S>::epsilon() * S(std::max(g.rows(), g.cols()));
  const Eigen::Index rank = (sigma.array() > zero).count();
  return svd.matrixU().leftCols(rank) * svd.matrixV().leftCols(rank).transpose();
}

template Matrix<double> svd_polar(const Matrix<double>&);
template Matrix<float> svd_polar(const Matrix<float>&);

Svd thin_svd(const Eigen::MatrixXd& m) {
  const Eigen::BDCSVD<Eigen::MatrixXd> svd(m, Eigen::ComputeThinU | Eigen::ComputeThinV);
  return {svd.matrixU(), svd.singularValues(), svd.matrixV()};
}

}  // namespace muonphase
