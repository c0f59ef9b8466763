#pragma once
// The innermost part of products: packed panels, and tiles of C that stay in the registers.
#include <Eigen/Core>
#include <algorithm>

#include "core/multiply.hpp"

namespace muonphase {

namespace simd = Eigen::internal;

// Tile of C: `vectors` SIMD vectors by `cols` columns.
template <class S>
struct Tile {
  using Packet = typename simd::packet_traits<S>::type;
  static constexpr Eigen::Index width = simd::unpacket_traits<Packet>::size;
  static constexpr int vectors = 3;
  static constexpr Eigen::Index rows = vectors * width;
  static constexpr int cols = EIGEN_ARCH_DEFAULT_NUMBER_OF_REGISTERS >= 32 ? 8 : 4;
};

// Panels of P rows of A, each stored column by column; the last is filled up with zeros.
template <int P, class S>
void pack(View<const S> a, S* out) {
  using Packet = typename simd::find_best_packet<S, P>::type;
  constexpr int width = simd::unpacket_traits<Packet>::size;
  const Eigen::Index depth_here = a.cols, full = a.rows / P * P;
  if (a.row == 1) {
    constexpr Eigen::Index step = 8;  // columns at a time, so that their cache lines are read to the end
    for (Eigen::Index first = 0; first < depth_here; first += step)
      for (Eigen::Index i = 0; i < full; i += P)
        for (Eigen::Index k = first; k < std::min(first + step, depth_here); ++k)
          for (int v = 0; v < P; v += width)
            simd::pstore(out + i * depth_here + k * P + v, simd::ploadu<Packet>(a.data + i + v + k * a.col));
  } else {
    for (Eigen::Index i = 0; i < full; i += P) {
      const S* in = a.data + i * a.row;
      S* to = out + i * depth_here;
      Eigen::Index k = 0;
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
  const S* in = a.data + full * a.row;
  S* to = out + full * depth_here;
  const Eigen::Index left = a.rows - full;
  Eigen::Index k = 0;
  for (; a.col == 1 && k + width <= depth_here; k += width)
    for (int v = 0; v < P; v += width) {
      simd::PacketBlock<Packet, width> block;
      for (int r = 0; r < width; ++r)
        block.packet[r] = v + r < left ? simd::ploadu<Packet>(in + (v + r) * a.row + k) : simd::pset1<Packet>(S(0));
      simd::ptranspose(block);
      for (int r = 0; r < width; ++r) simd::pstore(to + (k + r) * P + v, block.packet[r]);
    }
  for (; k < depth_here; ++k)
    for (Eigen::Index r = 0; r < P; ++r) to[k * P + r] = r < left ? in[r * a.row + k * a.col] : S(0);
}

// Sums of the first `used` SIMD vectors of a tile; inlined so that they stay in registers.
template <class S, int used>
struct Sums {
  typename Tile<S>::Packet at[Tile<S>::cols][used];
};

// Adds `steps` outer products of a column of A's panel and a row of B, and moves on in both. The rows of B begin
// `b_step` apart, their entries `b_col`.
template <int b_step, class S, int used>
[[gnu::always_inline]] inline void add_outer_products(const S*& a, const S*& b, Eigen::Index b_col, Eigen::Index steps,
                                                      Sums<S, used>& sum) {
  using T = Tile<S>;
  using Packet = typename T::Packet;
#pragma GCC unroll 2
  for (Eigen::Index k = 0; k < steps; ++k) {
    Packet left[used];
    for (int v = 0; v < used; ++v) left[v] = simd::pload<Packet>(a + v * T::width);
#pragma GCC unroll 8
    for (int j = 0; j < T::cols; ++j) {
      const Packet right = simd::pset1<Packet>(b[b_step == 1 ? j * b_col : j]);
#pragma GCC unroll 3
      for (int v = 0; v < used; ++v) sum.at[j][v] = simd::pmadd(left[v], right, sum.at[j][v]);
    }
    a += T::rows;
    b += b_step;
  }
}

// C ← combine(C, sums).
template <class S, int used, class Combine>
[[gnu::always_inline]] inline void store(const Sums<S, used>& sum, S* c, Eigen::Index stride, const Combine& combine) {
  using T = Tile<S>;
#pragma GCC unroll 8
  for (int j = 0; j < T::cols; ++j)
#pragma GCC unroll 3
    for (int v = 0; v < used; ++v) {
      S* to = c + j * stride + v * T::width;
      simd::pstoreu(to, combine(to, sum.at[j][v]));
    }
}

template <class S, int used>
[[gnu::always_inline]] inline void set_zero(Sums<S, used>& sum) {
#pragma GCC unroll 8
  for (int j = 0; j < Tile<S>::cols; ++j)
#pragma GCC unroll 3
    for (int v = 0; v < used; ++v) sum.at[j][v] = simd::pset1<typename Tile<S>::Packet>(S(0));
}

// In single precision no more than `chain` products are added up before they join the rest of a sum: half the error of
// one chain of 512, for 3 % of the time.
constexpr Eigen::Index chain = 64;
template <class S>
constexpr bool short_chains = sizeof(S) == sizeof(float);

// Sums of products for the first `used` SIMD vectors of a tile of C, from a panel of A, and a panel of B whose rows
// begin `b_step` apart, or columns of B itself, `b_col` apart.
template <int b_step, class S, int used>
[[gnu::always_inline]] inline void tile_sums(const S* a, const S* b, Eigen::Index b_col, Eigen::Index length,
                                             const S* c, Eigen::Index stride, Sums<S, used>& sum) {
  using T = Tile<S>;
  Sums<S, used> total;
  bool split = false;
  if constexpr (short_chains<S>)
    for (; length > chain; length -= chain, split = true) {
      set_zero(sum);
      add_outer_products<b_step>(a, b, b_col, chain, sum);
      for (int j = 0; j < T::cols; ++j)
        for (int v = 0; v < used; ++v) total.at[j][v] = split ? simd::padd(total.at[j][v], sum.at[j][v]) : sum.at[j][v];
    }
  set_zero(sum);
  const Eigen::Index late = std::min<Eigen::Index>(length, 32);  // C arrives while the last products are under way
  add_outer_products<b_step>(a, b, b_col, length - late, sum);
  for (int j = 0; j < T::cols; ++j)
    for (int v = 0; v < used; ++v) __builtin_prefetch(c + j * stride + v * T::width, 1);
  add_outer_products<b_step>(a, b, b_col, late, sum);
  if (short_chains<S> && split)
    for (int j = 0; j < T::cols; ++j)
      for (int v = 0; v < used; ++v) sum.at[j][v] = simd::padd(total.at[j][v], sum.at[j][v]);
}

// C ← AB and the like for a tile of C.
template <int used, int b_step, class S>
void multiply_tile(const S* a, const S* b, Eigen::Index length, S* c, Eigen::Index stride, Write write,
                   Eigen::Index b_col = 1) {
  using Packet = typename Tile<S>::Packet;
  Sums<S, used> sum;
  tile_sums<b_step>(a, b, b_col, length, c, stride, sum);
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

// C ← (C − AB) T for a tile of C in a panel, T triangular, stored by rows: upper, or lower.
template <int used, bool upper, class S>
void solve_tile(const S* a, const S* b, Eigen::Index length, S* c, const S* triangle) {
  using T = Tile<S>;
  using Packet = typename T::Packet;
  Sums<S, used> x;
  tile_sums<T::cols>(a, b, 1, length, c, T::rows, x);
#pragma GCC unroll 8
  for (int j = 0; j < T::cols; ++j)
#pragma GCC unroll 3
    for (int v = 0; v < used; ++v)
      x.at[j][v] = simd::psub(simd::pload<Packet>(c + j * T::rows + v * T::width), x.at[j][v]);
      // In an order in which the columns that are needed have not been written over.
#pragma GCC unroll 8
  for (int i = 0; i < T::cols; ++i) {
    const int j = upper ? T::cols - 1 - i : i;
    const Packet diagonal = simd::pset1<Packet>(triangle[j * T::cols + j]);
#pragma GCC unroll 3
    for (int v = 0; v < used; ++v) x.at[j][v] = simd::pmul(x.at[j][v], diagonal);
#pragma GCC unroll 8
    for (int k = 0; k < T::cols; ++k) {
      if (upper ? k >= j : k <= j) continue;
      const Packet entry = simd::pset1<Packet>(triangle[k * T::cols + j]);
#pragma GCC unroll 3
      for (int v = 0; v < used; ++v) x.at[j][v] = simd::pmadd(x.at[k][v], entry, x.at[j][v]);
    }
  }
  store(x, c, T::rows, [](const S*, const Packet& solution) { return solution; });
}

}  // namespace muonphase
