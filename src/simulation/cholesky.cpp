#include "cholesky.hpp"

#include <cmath>
#include <utility>

#include "blocks.hpp"

namespace muonphase {
namespace {

using Eigen::Index;
constexpr Index leaf = 64;
static_assert(leaf <= most_in_place);

Index first_half(Index size) {
  return (size / leaf + 1) / 2 * leaf;
}

}  // namespace

template <class S>
Cholesky<S>::Cholesky(Matrix<S> a, int threads)
    : l_(std::move(a)), inverses_(std::min(leaf, l_.rows()), l_.rows()), threads_(threads) {
  factor(0, l_.rows());
}

template <class S>
View<const S> Cholesky<S>::l(Index i, Index j, Index rows, Index cols) const {
  return view<S>(l_).block(i, j, rows, cols);
}

template <class S>
View<const S> Cholesky<S>::inverse(Index begin, Index size) const {
  return view<S>(inverses_).block(0, begin, size, size);
}

template <class S>
void Cholesky<S>::factor_leaf(Index begin, Index size) {
  Matrix<S> a = l_.block(begin, begin, size, size), b = Matrix<S>::Zero(size, size);
  for (Index j = 0; j < size; ++j) {
    if (!(a(j, j) > 0)) {
      positive_definite_ = false;
      return;
    }
    a(j, j) = std::sqrt(a(j, j));
    a.col(j).tail(size - j - 1) /= a(j, j);
    for (Index k = j + 1; k < size; ++k) a.col(k).tail(size - k) -= a(k, j) * a.col(j).tail(size - k);
  }
  for (Index j = 0; j < size; ++j) {
    b(j, j) = 1;
    for (Index k = j; k < size; ++k) {
      b(k, j) /= a(k, k);
      b.col(j).tail(size - k - 1) -= b(k, j) * a.col(k).tail(size - k - 1);
    }
  }
  l_.block(begin, begin, size, size) = a;
  inverses_.block(0, begin, size, size) = b;
}

template <class S>
void Cholesky<S>::factor(Index begin, Index size) {
  if (size <= leaf) return factor_leaf(begin, size);
  const Index half = first_half(size), rest = size - half, middle = begin + half;
  factor(begin, half);
  if (!positive_definite_) return;
  const View<S> all = view(l_), below = all.block(middle, begin, rest, half);
  for_blocks(rest, threads_, threads_, [&](Block i) { forward(below.block(i.begin, 0, i.size, half), begin, half); });
  for_blocks(rest, 2 * threads_ - 1, threads_, [&](Block i) {
    const View<const S> rows = below.constant().block(i.begin, 0, i.size, half);
    multiply<S>(all.block(middle + i.begin, middle, i.size, i.begin), rows,
                below.constant().block(0, 0, i.begin, half).transposed(), Write::subtract);
    multiply<S>(all.block(middle + i.begin, middle + i.begin, i.size, i.size), rows, rows.transposed(), Write::subtract,
                Zeros::none, true);
  });
  factor(middle, rest);
}

// X ← X L^{−T} with the diagonal block of L that starts at `begin`.
template <class S>
void Cholesky<S>::forward(View<S> x, Index begin, Index size) const {
  if (size <= leaf) {
    multiply<S>(x, x.constant(), inverse(begin, size).transposed(), Write::assign, Zeros::below_diagonal);
    return;
  }
  const Index half = first_half(size), rest = size - half;
  const View<S> left = x.block(0, 0, x.rows, half), right = x.block(0, half, x.rows, rest);
  forward(left, begin, half);
  multiply<S>(right, left.constant(), l(begin + half, begin, rest, half).transposed(), Write::subtract);
  forward(right, begin + half, rest);
}

// X ← X L^{−1}, likewise.
template <class S>
void Cholesky<S>::backward(View<S> x, Index begin, Index size) const {
  if (size <= leaf) {
    multiply<S>(x, x.constant(), inverse(begin, size), Write::assign, Zeros::above_diagonal);
    return;
  }
  const Index half = first_half(size), rest = size - half;
  const View<S> left = x.block(0, 0, x.rows, half), right = x.block(0, half, x.rows, rest);
  backward(right, begin + half, rest);
  multiply<S>(left, right.constant(), l(begin + half, begin, rest, half), Write::subtract);
  backward(left, begin, half);
}

template <class S>
void Cholesky<S>::divide_by_transpose(View<S> x) const {
  forward(x, 0, x.cols);
}

template <class S>
void Cholesky<S>::divide(View<S> x) const {
  forward(x, 0, x.cols);
  backward(x, 0, x.cols);
}

template class Cholesky<double>;
template class Cholesky<float>;

}  // namespace muonphase
