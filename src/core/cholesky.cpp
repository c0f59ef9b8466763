#include "core/cholesky.hpp"

#include <cmath>
#include <limits>
#include <utility>

#include "core/blocks.hpp"
#include "core/tile.hpp"

namespace muonphase {
namespace {

using Eigen::Index;

constexpr Index leaf = 64;            // factored directly; a multiple of all strips
constexpr Index longest_sweep = 512;  // columns of X that are solved for within the second cache
constexpr Index rows_of_sweep = 264;  // rows of X, likewise

Index first_half(Index size) {
  return (size / leaf + 1) / 2 * leaf;
}

// Panels of rows of X as the tiles of products want them, columns filled up to whole strips.
template <class S>
struct Panels {
  static constexpr Index height = Tile<S>::rows, strip = Tile<S>::cols;

  explicit Panels(View<const S> x)
      : stride((x.cols + strip - 1) / strip * strip * height),
        count((x.rows + height - 1) / height),
        vectors_of_last((x.rows - (count - 1) * height + Tile<S>::width - 1) / Tile<S>::width) {
    memory.resize(count * stride);
    for (Index p = 0; p < count; ++p) {
      pack<height>(x.block(p * height, 0, std::min(height, x.rows - p * height), x.cols), panel(p));
      std::fill(panel(p) + x.cols * height, panel(p) + stride, S(0));
    }
  }
  S* panel(Index p) { return memory.data() + p * stride; }

  Index stride, count;
  Index vectors_of_last;  // SIMD vectors that the rows of the last panel fill
  Eigen::Array<S, Eigen::Dynamic, 1> memory;
};

// One strip of columns of the solution: those before it are done with, times `done`, then divided by the corner.
template <bool forward, class S>
void solve_strip(Panels<S>& x, Index column, Index first_done, Index length, const S* done, const S* corner) {
  constexpr Index height = Panels<S>::height;
  constexpr int whole = Tile<S>::vectors;
  static_assert(whole == 3);
  for (Index p = 0; p < x.count; ++p) {
    const auto solve = p + 1 < x.count || x.vectors_of_last == whole ? solve_tile<whole, forward, S>
                       : x.vectors_of_last == 1                      ? solve_tile<1, forward, S>
                                                                     : solve_tile<2, forward, S>;
    solve(x.panel(p) + first_done * height, done, length, x.panel(p) + column * height, corner);
  }
}

template <class S>
Matrix<S> not_a_number(const Matrix<S>& x) {
  return Matrix<S>::Constant(x.rows(), x.cols(), std::numeric_limits<S>::quiet_NaN());
}

}  // namespace

template <class S>
Cholesky<S>::Cholesky(Matrix<S> a, int threads)
    : l_(std::move(a)), corners_(Tile<S>::cols, l_.rows() + Tile<S>::cols), threads_(threads) {
  factor(0, l_.rows());
}

template <class S>
View<const S> Cholesky<S>::l(Index i, Index j, Index rows, Index cols) const {
  return view<S>(l_).block(i, j, rows, cols);
}

// A diagonal block, filled up with the identity to whole strips of columns, and worked on strip by strip.
template <class S>
void Cholesky<S>::factor_leaf(Index begin, Index size) {
  constexpr Index strip = Tile<S>::cols;
  using Small = Eigen::Matrix<S, strip, strip>;
  const Index whole = (size + strip - 1) / strip * strip;
  Eigen::Matrix<S, leaf, leaf> a;
  a.topLeftCorner(whole, whole).setIdentity();
  a.topLeftCorner(size, size) = l_.block(begin, begin, size, size);
  for (Index k = 0; k < whole; k += strip) {
    Small corner = a.template block<strip, strip>(k, k), inverse = Small::Zero();
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
        for (Index m = j; m < i; ++m) sum -= corner(i, m) * inverse(m, j);
        inverse(i, j) = sum / corner(i, i);
      }
    a.template block<strip, strip>(k, k) = corner;
    corners_.template middleCols<strip>(begin + k) = inverse;
    auto below = a.template middleCols<strip>(k).middleRows(k + strip, whole - k - strip);
    below = below.lazyProduct(inverse.transpose()).eval();
    for (Index m = k + strip; m < whole; m += strip)
      a.template middleCols<strip>(m).middleRows(m, whole - m) -=
          a.template middleCols<strip>(k)
              .middleRows(m, whole - m)
              .lazyProduct(a.template block<strip, strip>(m, k).transpose());
  }
  l_.block(begin, begin, size, size) = a.topLeftCorner(size, size);
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
                true);
  });
  factor(middle, rest);
}

// Solves for the strips of X one after the other: X L^{−T} from the first to the last, then X L^{−1} from the last to
// the first, or one of the two, with the diagonal block of L at `begin`; X ← combine(X, solution). The rows of X are
// packed once for all products.
template <class S>
template <class Combine>
void Cholesky<S>::sweep(View<S> x, Index begin, Index size, bool forward, bool backward, const Combine& combine) const {
  constexpr Index height = Panels<S>::height, strip = Panels<S>::strip;
  const Index strips = (size + strip - 1) / strip, parts = (x.rows + rows_of_sweep - 1) / rows_of_sweep;
  // Rows of L left of each corner, and columns below it: packed once for all blocks of rows of X. A strip that k
  // columns belong to begins after those that belong to fewer.
  const auto place = [](Index k) { return k * (k - strip) / 2; };
  Eigen::Array<S, Eigen::Dynamic, 1> left(forward ? place(strips * strip) : 0);
  Eigen::Array<S, Eigen::Dynamic, 1> below(backward ? place(strips * strip) : 0);
  const auto of_left = [&](Index j) { return left.data() + place(j); };
  const auto of_below = [&](Index j) { return below.data() + place(strips * strip - strip - j); };
  for (Index j = 0; j < size; j += strip) {
    const Index next = std::min(j + strip, size);
    if (forward) pack<strip>(l(begin + j, begin, next - j, j), of_left(j));
    if (backward) pack<strip>(l(begin + next, begin + j, size - next, next - j).transposed(), of_below(j));
  }
  for_blocks(x.rows, parts, 1, [&](Block block) {
    const View<S> rows = x.block(block.begin, 0, block.size, size);
    Panels<S> panels(rows.constant());
    // Corners are stored by columns, which is the packed form of the transpose of their inverse.
    for (Index j = 0; forward && j < size; j += strip)
      solve_strip<true>(panels, j, 0, j, of_left(j), corners_.col(begin + j).data());
    for (Index j = (strips - 1) * strip; backward && j >= 0; j -= strip) {
      const Index next = std::min(j + strip, size);
      const Eigen::Matrix<S, strip, strip> corner = corners_.template middleCols<strip>(begin + j).transpose();
      solve_strip<false>(panels, j, next, size - next, of_below(j), corner.data());
    }
    for (Index p = 0; p < panels.count; ++p)
      for (Index k = 0; k < size; ++k) {
        S* to = rows.data + p * height + k * rows.col;
        const S* from = panels.panel(p) + k * height;
        const Index length = std::min(height, block.size - p * height);
        for (Index i = 0; i < length; ++i) to[i] = combine(to[i], from[i]);
      }
  });
}

// X ← X L^{−T} with the diagonal block of L that starts at `begin`.
template <class S>
void Cholesky<S>::forward(View<S> x, Index begin, Index size) const {
  if (size <= longest_sweep) return sweep(x, begin, size, true, false, [](S, S solution) { return solution; });
  const Index half = first_half(size), rest = size - half;
  const View<S> left = x.block(0, 0, x.rows, half), right = x.block(0, half, x.rows, rest);
  forward(left, begin, half);
  multiply<S>(right, left.constant(), l(begin + half, begin, rest, half).transposed(), Write::subtract);
  forward(right, begin + half, rest);
}

// X ← X L^{−1}, likewise.
template <class S>
void Cholesky<S>::backward(View<S> x, Index begin, Index size) const {
  if (size <= longest_sweep) return sweep(x, begin, size, false, true, [](S, S solution) { return solution; });
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
void Cholesky<S>::divide(View<S> x, S kept, S added) const {
  const auto combine = [=](S before, S solution) { return kept * before + added * solution; };
  if (x.cols <= longest_sweep) return sweep(x, 0, x.cols, true, true, combine);
  Eigen::Map<Matrix<S>, 0, Eigen::OuterStride<>> before(x.data, x.rows, x.cols, Eigen::OuterStride<>(x.col));
  Matrix<S> solution = before;
  forward(view(solution), 0, x.cols);
  backward(view(solution), 0, x.cols);
  before = kept * before + added * solution;
}

template <class S>
Matrix<S> Cholesky<S>::inverse() const {
  return solve(Matrix<S>::Identity(l_.rows(), l_.cols()));
}

template <class S>
Matrix<S> Cholesky<S>::solve(const Matrix<S>& x) const {
  if (!positive_definite_) return not_a_number(x);
  Matrix<S> rows = x.transpose();
  divide(view(rows), 0, 1);
  return rows.transpose();
}

template <class S>
Matrix<S> Cholesky<S>::solve_lower(const Matrix<S>& x) const {
  if (!positive_definite_) return not_a_number(x);
  Matrix<S> rows = x.transpose();
  divide_by_transpose(view(rows));
  return rows.transpose();
}

template class Cholesky<double>;
template class Cholesky<float>;

}  // namespace muonphase
