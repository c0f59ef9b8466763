#include "muonphase/core/matrix.hpp"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>

#include "core/blocks.hpp"
#include "core/multiply.hpp"
#include "core/symmetric.hpp"

namespace muonphase {

template <class S>
Matrix<S> product(const ConstMatrixRef<S>& a, const ConstMatrixRef<S>& b, int threads) {
  Matrix<S> c(a.rows(), b.cols());
  for_blocks(a.rows(), threads, threads, [&](Block i) {
    multiply<S>(view(c).block(i.begin, 0, i.size, c.cols()), view<S>(a).block(i.begin, 0, i.size, a.cols()), view<S>(b),
                Write::assign);
  });
  return c;
}

template <class S>
Matrix<S> transposed_product(const ConstMatrixRef<S>& a, const ConstMatrixRef<S>& b, int threads) {
  Matrix<S> c(a.cols(), b.cols());
  for_blocks(a.cols(), threads, threads, [&](Block i) {
    multiply<S>(view(c).block(i.begin, 0, i.size, c.cols()),
                view<S>(a).block(0, i.begin, a.rows(), i.size).transposed(), view<S>(b), Write::assign);
  });
  return c;
}

template <class S>
Matrix<S> lower_product(const ConstMatrixRef<S>& a, const ConstMatrixRef<S>& b, int threads) {
  const Eigen::Index n = a.cols();
  Matrix<S> c(n, n);
  for_blocks(n, 2 * threads - 1, threads, [&](Block i) {
    const View<const S> rows = view<S>(a).block(0, i.begin, a.rows(), i.size).transposed();
    multiply<S>(view(c).block(i.begin, 0, i.size, i.begin), rows, view<S>(b).block(0, 0, b.rows(), i.begin),
                Write::assign);
    multiply<S>(view(c).block(i.begin, i.begin, i.size, i.size), rows, view<S>(b).block(0, i.begin, b.rows(), i.size),
                Write::assign, true);
  });
  return c;
}

template <class S>
void mirror_lower(Matrix<S>& c) {
  const Eigen::Index n = c.rows();
  constexpr Eigen::Index tile = 32;  // both tiles of a swap stay in the first cache
  for (Eigen::Index j = 0; j < n; j += tile) {
    const Eigen::Index w = std::min(tile, n - j);
    c.block(j, j, w, w).template triangularView<Eigen::StrictlyUpper>() = c.block(j, j, w, w).transpose();
    for (Eigen::Index i = j + w; i < n; i += tile) {
      const Eigen::Index h = std::min(tile, n - i);
      c.block(j, i, w, h) = c.block(i, j, h, w).transpose();
    }
  }
}

template <class S>
S symmetric_norm(const Matrix<S>& c) {
  S strict = 0;
  for (Eigen::Index j = 0; j < c.cols(); ++j) strict += c.col(j).tail(c.rows() - j - 1).squaredNorm();
  return std::sqrt(2 * strict + c.diagonal().squaredNorm());
}

template <class S>
Matrix<S> symmetric_product(const ConstMatrixRef<S>& a, const ConstMatrixRef<S>& b, int threads) {
  Matrix<S> c = lower_product<S>(a, b, threads);
  mirror_lower(c);
  return c;
}

template <class S>
Matrix<S> gram(const ConstMatrixRef<S>& a, int threads) {
  return symmetric_product<S>(a, a, threads);
}

Eigen::MatrixXd sandwich(const Eigen::MatrixXd& a, const Eigen::MatrixXd& m, const Eigen::MatrixXd& b) {
  return product<double>(product<double>(a, m), b.transpose());
}

Eigen::MatrixXd transposed_sandwich(const Eigen::MatrixXd& a, const Eigen::MatrixXd& m, const Eigen::MatrixXd& b) {
  return product<double>(transposed_product<double>(a, m), b);
}

#define MUONPHASE_INSTANTIATE(S)                                                                     \
  template Matrix<S> product<S>(const ConstMatrixRef<S>&, const ConstMatrixRef<S>&, int);            \
  template Matrix<S> transposed_product<S>(const ConstMatrixRef<S>&, const ConstMatrixRef<S>&, int); \
  template Matrix<S> gram<S>(const ConstMatrixRef<S>&, int);                                         \
  template Matrix<S> symmetric_product<S>(const ConstMatrixRef<S>&, const ConstMatrixRef<S>&, int);  \
  template Matrix<S> lower_product<S>(const ConstMatrixRef<S>&, const ConstMatrixRef<S>&, int);      \
  template S symmetric_norm<S>(const Matrix<S>&);                                                    \
  template void mirror_lower<S>(Matrix<S>&);
MUONPHASE_INSTANTIATE(double)
MUONPHASE_INSTANTIATE(float)
#undef MUONPHASE_INSTANTIATE

}  // namespace muonphase
