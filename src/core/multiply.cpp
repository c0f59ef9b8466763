#include "core/multiply.hpp"

#include <algorithm>

#include "core/tile.hpp"
#include "core/watch.hpp"

namespace muonphase {
namespace {

using Eigen::Index;

constexpr Index depth = 256;   // of packed panels: one of B stays in the first cache
constexpr Index height = 288;  // rows of A packed together: they stay in the second

// A tile that may reach over the edge of C.
template <int b_step, class S>
void tile_of(View<S> c, const S* a, const S* b, Index length, Write write, Index b_col = 1) {
  using T = Tile<S>;
  if (c.rows >= T::rows && c.cols >= T::cols)
    return multiply_tile<T::vectors, b_step>(a, b, length, c.data, c.col, write, b_col);
  if (c.cols >= T::cols && c.rows == T::width)
    return multiply_tile<1, b_step>(a, b, length, c.data, c.col, write, b_col);
  if (c.cols >= T::cols && c.rows == 2 * T::width)
    return multiply_tile<2, b_step>(a, b, length, c.data, c.col, write, b_col);
  alignas(64) S whole[T::rows * T::cols];
  multiply_tile<T::vectors, b_step>(a, b, length, whole, T::rows, Write::assign, b_col);
  for (Index j = 0; j < std::min<Index>(c.cols, T::cols); ++j)
    for (Index i = 0; i < std::min(c.rows, T::rows); ++i) {
      S& to = c.data[i + j * c.col];
      const S value = whole[i + j * T::rows];
      to = write == Write::add ? to + value : write == Write::subtract ? to - value : value;
    }
}

// The smallest number of equal parts of n no longer than `longest`, rounded up to a multiple.
Index part(Index n, Index longest, Index multiple) {
  const Index parts = (n + longest - 1) / longest;
  return ((n + parts - 1) / parts + multiple - 1) / multiple * multiple;
}

}  // namespace

template <class S>
void multiply(View<S> c, View<const S> a, View<const S> b, Write write, bool lower_only) {
  using T = Tile<S>;
  if (c.rows == 0 || c.cols == 0) return;
  // Panels of A serve as those of B = Aᵀ, where whole ones fit in.
  const bool shared =
      lower_only && T::rows % T::cols == 0 && a.data == b.data && a.row == b.col && a.col == b.row && a.rows == b.cols;
  // Columns of B that lie in one piece are read where they are.
  const bool in_place = !shared && b.row == 1 && c.cols % T::cols == 0;
  const Index deep = part(std::max<Index>(a.cols, 1), depth, 8), high = part(c.rows, height, T::rows);
  const Index packed = shared ? (c.rows + T::rows - 1) / T::rows * T::rows : high;
  Eigen::Array<S, Eigen::Dynamic, 1> panels_a(packed * deep),
      panels_b(shared || in_place ? 0 : (c.cols + T::cols - 1) / T::cols * T::cols * deep);
  for (Index k = 0; k == 0 || k < a.cols; k += deep) {  // once for an empty sum
    const Index length = std::min(deep, a.cols - k);
    const Write how = k > 0 && write == Write::assign ? Write::add : write;
    if (shared)
      pack<T::rows>(a.block(0, k, a.rows, length), panels_a.data());
    else if (!in_place)
      pack<T::cols>(b.block(k, 0, length, c.cols).transposed(), panels_b.data());
    for (Index top = 0; top < c.rows && !Watch::here().stop(); top += high) {
      const Index rows = std::min(high, c.rows - top);
      if (!shared) pack<T::rows>(a.block(top, k, rows, length), panels_a.data());
      const S* from_a = panels_a.data() + (shared ? top * length : 0);
      for (Index j = 0; j < c.cols; j += T::cols)
        for (Index i = 0; i < rows; i += T::rows) {
          if (lower_only && top + i + T::rows <= j) continue;
          const View<S> to = c.block(top + i, j, rows - i, c.cols - j);
          if (shared)
            tile_of<T::rows>(to, from_a + i * length, panels_a.data() + j / T::rows * T::rows * length + j % T::rows,
                             length, how);
          else if (in_place)
            tile_of<1>(to, from_a + i * length, b.data + k + j * b.col, length, how, b.col);
          else
            tile_of<T::cols>(to, from_a + i * length, panels_b.data() + j * length, length, how);
        }
    }
  }
}

template void multiply(View<double>, View<const double>, View<const double>, Write, bool);
template void multiply(View<float>, View<const float>, View<const float>, Write, bool);

}  // namespace muonphase
