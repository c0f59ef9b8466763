#include "core/svd.hpp"

#include <Eigen/SVD>
#include <algorithm>
#include <limits>

namespace muonphase {

Svd thin_svd(const Eigen::MatrixXd& m) {
  const Eigen::JacobiSVD<Eigen::MatrixXd> svd(m, Eigen::ComputeThinU | Eigen::ComputeThinV);
  return {svd.matrixU(), svd.singularValues(), svd.matrixV()};
}

template <class S>
Matrix<S> svd_polar(const Matrix<S>& g) {
  const Svd svd = thin_svd(g.template cast<double>());
  const double zero = svd.values(0) * std::numeric_limits<S>::epsilon() * double(std::max(g.rows(), g.cols()));
  const Eigen::Index rank = (svd.values.array() > zero).count();
  return (svd.left.leftCols(rank) * svd.right.leftCols(rank).transpose()).template cast<S>();
}

template Matrix<double> svd_polar(const Matrix<double>&);
template Matrix<float> svd_polar(const Matrix<float>&);

}  // namespace muonphase
