#include "multiply.hpp"

#include <algorithm>

namespace muonphase {
namespace {

using Eigen::Index;
namespace simd = Eigen::internal;

// Tile of C: `vectors` SIMD vectors by `cols` columns.
template <class S>
struct Tile {
  using Packet = typename simd::packet_traits<S>::type;
  static constexpr Index width = simd::unpacket_traits<Packet>::size;
  static constexpr int vectors = 3;
  static constexpr Index rows = vectors * width;
  static constexpr int cols = EIGEN_ARCH_DEFAULT_NUMBER_OF_REGISTERS >= 32 ? 8 : 4;
};

constexpr Index depth = 256;   // of packed panels: one of B stays in the first cache
constexpr Index height = 240;  // rows of A packed together: they stay in the second
static_assert(most_in_place <= depth);

// Panels of P rows of A, each stored column by column; the last is filled up with zeros.
template <int P, class S>
void pack(View<const S> a, S* out) {
  using Packet = typename simd::find_best_packet<S, P>::type;
  constexpr int width = simd::unpacket_traits<Packet>::size;
  const Index depth_here = a.cols, full = a.rows / P * P;
  if (a.row == 1) {
    constexpr Index step = 8;  // columns at a time, so that their cache lines are read to the end
    for (Index first = 0; first < depth_here; first += step)
      for (Index i = 0; i < full; i += P)
        for (Index k = first; k < std::min(first + step, depth_here); ++k)
          for (int v = 0; v < P; v += width)
            simd::pstore(out + i * depth_here + k * P + v, simd::ploadu<Packet>(a.data + i + v + k * a.col));
  } else {
    for (Index i = 0; i < full; i += P) {
      const S* in = a.data + i * a.row;
      S* to = out + i * depth_here;
      Index k = 0;
      for (; a.col == 1 && k + width <= depth_here; k += width)
        for (int v = 0; v < P; v += width) {
          simd::PacketBlock<Packet, width> block;
          for (int r = 0; r < width; ++r) block.packet[r] = simd::ploadu<Packet>(in + (v + r) * a.row + k);
          simd::ptranspose(block);
          for (int r = 0; r < width; ++r) simd::pstore(to + (k + r) * P + v, block.packet[r]);
        }
      for (; k < depth_here; ++k)
        for (int r = 0; r < P; ++r) to[k * P + r] = in[r * a.row + k * a.col];
    }
  }
  if (full == a.rows) return;
  for (Index k = 0; k < depth_here; ++k)
    for (Index r = 0; r < P; ++r)
      out[full * depth_here + k * P + r] = full + r < a.rows ? a.data[(full + r) * a.row + k * a.col] : S(0);
}

// Sums of the first `used` SIMD vectors of a tile; inlined so that they stay in registers.
template <class S, int used>
struct Sums {
  typename Tile<S>::Packet at[Tile<S>::cols][used];
};

// Adds `steps` outer products of a column of A's panel and a row of B's, and moves on in both.
template <class S, int used>
[[gnu::always_inline]] inline void add_outer_products(const S*& a, const S*& b, Index steps, Sums<S, used>& sum) {
  using T = Tile<S>;
  using Packet = typename T::Packet;
#pragma GCC unroll 2
  for (Index k = 0; k < steps; ++k) {
    Packet left[used];
    for (int v = 0; v < used; ++v) left[v] = simd::pload<Packet>(a + v * T::width);
#pragma GCC unroll 8
    for (int j = 0; j < T::cols; ++j) {
      const Packet right = simd::pset1<Packet>(b[j]);
#pragma GCC unroll 3
      for (int v = 0; v < used; ++v) sum.at[j][v] = simd::pmadd(left[v], right, sum.at[j][v]);
    }
    a += T::rows;
    b += T::cols;
  }
}

// C ← combine(C, sums).
template <class S, int used, class Combine>
[[gnu::always_inline]] inline void store(const Sums<S, used>& sum, S* c, Index stride, const Combine& combine) {
  using T = Tile<S>;
#pragma GCC unroll 8
  for (int j = 0; j < T::cols; ++j)
#pragma GCC unroll 3
    for (int v = 0; v < used; ++v) {
      S* to = c + j * stride + v * T::width;
      simd::pstoreu(to, combine(to, sum.at[j][v]));
    }
}

// The first `used` SIMD vectors of a tile of C, from panels of A and B.
template <int used, class S>
void tile(const S* a, const S* b, Index length, S* c, Index stride, Write write) {
  using T = Tile<S>;
  using Packet = typename T::Packet;
  Sums<S, used> sum;
#pragma GCC unroll 8
  for (int j = 0; j < T::cols; ++j)
#pragma GCC unroll 3
    for (int v = 0; v < used; ++v) sum.at[j][v] = simd::pset1<Packet>(S(0));
  const Index late = std::min<Index>(length, 32);  // C arrives while the last products are under way
  add_outer_products(a, b, length - late, sum);
  for (int j = 0; j < T::cols; ++j)
    for (int v = 0; v < used; ++v) __builtin_prefetch(c + j * stride + v * T::width, 1);
  add_outer_products(a, b, late, sum);
  switch (write) {
    case Write::assign:
      return store(sum, c, stride, [](const S*, const Packet& x) { return x; });
    case Write::add:
      return store(sum, c, stride,
                   [](const S* to, const Packet& x) { return simd::padd(simd::ploadu<Packet>(to), x); });
    case Write::subtract:
      return store(sum, c, stride,
                   [](const S* to, const Packet& x) { return simd::psub(simd::ploadu<Packet>(to), x); });
  }
}

// A tile that may reach over the edge of C.
template <class S>
void tile_of(View<S> c, const S* a, const S* b, Index length, Write write) {
  using T = Tile<S>;
  if (c.rows >= T::rows && c.cols >= T::cols) return tile<T::vectors>(a, b, length, c.data, c.col, write);
  if (c.cols >= T::cols && c.rows == T::width) return tile<1>(a, b, length, c.data, c.col, write);
  if (c.cols >= T::cols && c.rows == 2 * T::width) return tile<2>(a, b, length, c.data, c.col, write);
  alignas(64) S whole[T::rows * T::cols];
  tile<T::vectors>(a, b, length, whole, T::rows, Write::assign);
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
void multiply(View<S> c, View<const S> a, View<const S> b, Write write, Zeros of_b, bool lower_only) {
  using T = Tile<S>;
  if (c.rows == 0 || c.cols == 0) return;
  const Index deep = part(std::max<Index>(a.cols, 1), depth, 8), high = part(c.rows, height, T::rows);
  Eigen::Array<S, Eigen::Dynamic, 1> panels_a(high * deep), panels_b((c.cols + T::cols - 1) / T::cols * T::cols * deep);
  for (Index k = 0; k < a.cols; k += deep) {
    const Index length = std::min(deep, a.cols - k);
    pack<T::cols>(b.block(k, 0, length, c.cols).transposed(), panels_b.data());
    for (Index top = 0; top < c.rows; top += high) {
      const Index rows = std::min(high, c.rows - top);
      pack<T::rows>(a.block(top, k, rows, length), panels_a.data());
      for (Index j = 0; j < c.cols; j += T::cols) {
        const Index begin = of_b == Zeros::above_diagonal ? std::clamp<Index>(j - k, 0, length) : 0;
        const Index end = of_b == Zeros::below_diagonal ? std::clamp<Index>(j + T::cols - k, 0, length) : length;
        for (Index i = 0; i < rows; i += T::rows) {
          if (lower_only && top + i + T::rows <= j) continue;
          tile_of(c.block(top + i, j, rows - i, c.cols - j), panels_a.data() + i * length + begin * T::rows,
                  panels_b.data() + (j * length + begin * T::cols), std::max<Index>(end - begin, 0),
                  k > 0 && write == Write::assign ? Write::add : write);
        }
      }
    }
  }
}

template void multiply(View<double>, View<const double>, View<const double>, Write, Zeros, bool);
template void multiply(View<float>, View<const float>, View<const float>, Write, Zeros, bool);

}  // namespace muonphase
