#include "muonphase/simulation/matrix.hpp"

#include <Eigen/Core>
#include <algorithm>

#include "blocks.hpp"

namespace muonphase {
namespace {

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

}  // namespace

template <class S>
Matrix<S> product(const ConstMatrixRef<S>& a, const ConstMatrixRef<S>& b, int threads) {
  Matrix<S> c(a.rows(), b.cols());
  for_blocks(a.rows(), 2, threads,
             [&](Block i) { c.middleRows(i.begin, i.size).noalias() = a.middleRows(i.begin, i.size) * b; });
  return c;
}

template <class S>
Matrix<S> transposed_product(const ConstMatrixRef<S>& a, const ConstMatrixRef<S>& b, int threads) {
  Matrix<S> c(a.cols(), b.cols());
  for_blocks(a.cols(), 2, threads,
             [&](Block i) { c.middleRows(i.begin, i.size).noalias() = a.middleCols(i.begin, i.size).transpose() * b; });
  return c;
}

template <class S>
Matrix<S> symmetric_product(const ConstMatrixRef<S>& a, const ConstMatrixRef<S>& b, int threads) {
  const Eigen::Index n = a.cols();
  Matrix<S> c(n, n);
  for_blocks(n, 4, threads, [&](Block j) {
    c.block(j.begin, j.begin, n - j.begin, j.size).noalias() =
        a.rightCols(n - j.begin).transpose() * b.middleCols(j.begin, j.size);
  });
  mirror_lower(c);
  return c;
}

template <class S>
Matrix<S> gram(const ConstMatrixRef<S>& a, int threads) {
  return symmetric_product<S>(a, a, threads);
}

template <class S>
void solve_right(Matrix<S>& x, const Matrix<S>& l, int threads) {
  for_blocks(x.rows(), 2, threads, [&](Block i) {
    auto rows = x.middleRows(i.begin, i.size);
    l.template triangularView<Eigen::Lower>().transpose().template solveInPlace<Eigen::OnTheRight>(rows);
    l.template triangularView<Eigen::Lower>().template solveInPlace<Eigen::OnTheRight>(rows);
  });
}

template <class S>
void solve_transposed_right(Matrix<S>& x, const Matrix<S>& l, int threads) {
  for_blocks(x.rows(), 2, threads, [&](Block i) {
    auto rows = x.middleRows(i.begin, i.size);
    l.template triangularView<Eigen::Lower>().transpose().template solveInPlace<Eigen::OnTheRight>(rows);
  });
}

#define MUONPHASE_INSTANTIATE(S)                                                                     \
  template Matrix<S> product<S>(const ConstMatrixRef<S>&, const ConstMatrixRef<S>&, int);            \
  template Matrix<S> transposed_product<S>(const ConstMatrixRef<S>&, const ConstMatrixRef<S>&, int); \
  template Matrix<S> gram<S>(const ConstMatrixRef<S>&, int);                                         \
  template Matrix<S> symmetric_product<S>(const ConstMatrixRef<S>&, const ConstMatrixRef<S>&, int);  \
  template void solve_transposed_right<S>(Matrix<S>&, const Matrix<S>&, int);                        \
  template void solve_right<S>(Matrix<S>&, const Matrix<S>&, int);
MUONPHASE_INSTANTIATE(double)
MUONPHASE_INSTANTIATE(float)
#undef MUONPHASE_INSTANTIATE

}  // namespace muonphase
