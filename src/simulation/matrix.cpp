#include "muonphase/simulation/matrix.hpp"

#include <Eigen/Dense>
#include <algorithm>
#include <utility>

namespace muonphase {
namespace {

// Rows or columns of one task: a quarter of the dimension, within limits that keep Eigen's kernel busy.
Eigen::Index block_size(Eigen::Index n) {
  return std::clamp<Eigen::Index>((n / 4 + 63) / 64 * 64, 128, 256);
}

Eigen::Index block_count(Eigen::Index n) {
  return (n + block_size(n) - 1) / block_size(n);
}

struct Block {
  Eigen::Index begin, size;
};

Block block(Eigen::Index n, Eigen::Index i) {
  const Eigen::Index begin = i * block_size(n);
  return {begin, std::min(block_size(n), n - begin)};
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

// Calls task(i, j) for the blocks of the lower triangle, on or below the diagonal.
template <class Task>
void for_lower_blocks(Eigen::Index n, int threads, const Task& task) {
  const Eigen::Index count = block_count(n);
#pragma omp parallel for schedule(dynamic) num_threads(threads) if (threads > 1)
  for (Eigen::Index t = 0; t < count * (count + 1) / 2; ++t) {
    Eigen::Index i = 0;
    while ((i + 1) * (i + 2) / 2 <= t) ++i;
    task(block(n, i), block(n, t - i * (i + 1) / 2));
  }
}

}  // namespace

template <class S>
Matrix<S> product(const ConstMatrixRef<S>& a, const ConstMatrixRef<S>& b, int threads) {
  Matrix<S> c(a.rows(), b.cols());
#pragma omp parallel for schedule(dynamic) num_threads(threads) if (threads > 1)
  for (Eigen::Index i = 0; i < block_count(a.rows()); ++i) {
    const Block r = block(a.rows(), i);
    c.middleRows(r.begin, r.size).noalias() = a.middleRows(r.begin, r.size) * b;
  }
  return c;
}

template <class S>
Matrix<S> transposed_product(const ConstMatrixRef<S>& a, const ConstMatrixRef<S>& b, int threads) {
  Matrix<S> c(a.cols(), b.cols());
#pragma omp parallel for schedule(dynamic) num_threads(threads) if (threads > 1)
  for (Eigen::Index i = 0; i < block_count(a.cols()); ++i) {
    const Block r = block(a.cols(), i);
    c.middleRows(r.begin, r.size).noalias() = a.middleCols(r.begin, r.size).transpose() * b;
  }
  return c;
}

template <class S>
Matrix<S> gram(const ConstMatrixRef<S>& a, int threads) {
  Matrix<S> c(a.cols(), a.cols());
  for_lower_blocks(a.cols(), threads, [&](Block i, Block j) {
    c.block(i.begin, j.begin, i.size, j.size).noalias() =
        a.middleCols(i.begin, i.size).transpose() * a.middleCols(j.begin, j.size);
  });
  mirror_lower(c);
  return c;
}

template <class S>
Matrix<S> symmetric_product(const ConstMatrixRef<S>& a, const ConstMatrixRef<S>& b, int threads) {
  Matrix<S> c(a.rows(), a.rows());
  for_lower_blocks(a.rows(), threads, [&](Block i, Block j) {
    c.block(i.begin, j.begin, i.size, j.size).noalias() =
        a.middleCols(i.begin, i.size).transpose() * b.middleCols(j.begin, j.size);
  });
  mirror_lower(c);
  return c;
}

template <class S>
void solve_on_the_right(Matrix<S>& x, const Matrix<S>& l, int threads) {
#pragma omp parallel for schedule(dynamic) num_threads(threads) if (threads > 1)
  for (Eigen::Index i = 0; i < block_count(x.rows()); ++i) {
    const Block r = block(x.rows(), i);
    auto rows = x.middleRows(r.begin, r.size);
    l.template triangularView<Eigen::Lower>().transpose().template solveInPlace<Eigen::OnTheRight>(rows);
    l.template triangularView<Eigen::Lower>().template solveInPlace<Eigen::OnTheRight>(rows);
  }
}

#define MUONPHASE_INSTANTIATE(S)                                                                     \
  template Matrix<S> product<S>(const ConstMatrixRef<S>&, const ConstMatrixRef<S>&, int);            \
  template Matrix<S> transposed_product<S>(const ConstMatrixRef<S>&, const ConstMatrixRef<S>&, int); \
  template Matrix<S> gram<S>(const ConstMatrixRef<S>&, int);                                         \
  template Matrix<S> symmetric_product<S>(const ConstMatrixRef<S>&, const ConstMatrixRef<S>&, int);  \
  template void solve_on_the_right<S>(Matrix<S>&, const Matrix<S>&, int);
MUONPHASE_INSTANTIATE(double)
MUONPHASE_INSTANTIATE(float)
#undef MUONPHASE_INSTANTIATE

}  // namespace muonphase
