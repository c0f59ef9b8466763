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

// A diagonal block, filled up with the identity to whole strips of columns, and worked on strip by strip.
template <class S>
void Cholesky<S>::factor_leaf(Index begin, Index size) {
  constexpr Index strip = 8;
  using Small = Eigen::Matrix<S, strip, strip>;
  const Index whole = (size + strip - 1) / strip * strip;
  Eigen::Matrix<S, leaf, leaf> a, inverse;
  a.topLeftCorner(whole, whole).setIdentity();
  a.topLeftCorner(size, size) = l_.block(begin, begin, size, size);
  inverse.topLeftCorner(whole, whole).setZero();
  for (Index k = 0; k < whole; k += strip) {
    Small corner = a.template block<strip, strip>(k, k), corner_inverse = Small::Zero();
    for (Index j = 0; j < strip; ++j) {
      if (!(corner(j, j) > 0)) {
        positive_definite_ = false;
        return;
      }
      corner(j, j) = std::sqrt(corner(j, j));
      for (Index i = j + 1; i < strip; ++i) corner(i, j) /= corner(j, j);
      for (Index m = j + 1; m < strip; ++m)
        for (Index i = m; i < strip; ++i) corner(i, m) -= corner(i, j) * corner(m, j);
    }
    for (Index j = 0; j < strip; ++j)
      for (Index i = j; i < strip; ++i) {
        S sum = i == j ? S(1) : S(0);
        for (Index m = j; m < i; ++m) sum -= corner(i, m) * corner_inverse(m, j);
        corner_inverse(i, j) = sum / corner(i, i);
      }
    a.template block<strip, strip>(k, k) = corner.template triangularView<Eigen::Lower>();
    const Index next = k + strip, rest = whole - next;
    auto below = a.template middleCols<strip>(k).middleRows(next, rest);
    below = below.lazyProduct(corner_inverse.transpose()).eval();
    for (Index m = next; m < whole; m += strip)
      a.template middleCols<strip>(m).middleRows(m, whole - m) -=
          a.template middleCols<strip>(k)
              .middleRows(m, whole - m)
              .lazyProduct(a.template block<strip, strip>(m, k).transpose());
    // Rows k … of L^{−1}: what the rows above have left of the identity, divided by the corner.
    inverse.template block<strip, strip>(k, k) = corner_inverse;
    for (Index m = 0; m < k; m += strip)
      inverse.template block<strip, strip>(k, m) =
          corner_inverse.lazyProduct(inverse.template block<strip, strip>(k, m)).eval();
    for (Index m = 0; m < next; m += strip)
      inverse.template middleCols<strip>(m).middleRows(next, rest) -=
          below.lazyProduct(inverse.template block<strip, strip>(k, m));
  }
  l_.block(begin, begin, size, size) = a.topLeftCorner(size, size);
  inverses_.block(0, begin, size, size) = inverse.topLeftCorner(size, size);
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
