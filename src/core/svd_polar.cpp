#include "core/svd_polar.hpp"

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

}  // namespace muonphase
