#include "muonphase/core/random.hpp"

#include <Random123/philox.h>

#include <Eigen/Core>
#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <type_traits>

namespace muonphase {
namespace {

constexpr int words_per_block = 4;  // of Philox-4x64
constexpr int pairs = 64;           // of normals, made together: the loops over them are vectorised
constexpr Eigen::Index chunk = 2 * pairs;

std::array<std::uint64_t, words_per_block> philox(const Stream& stream, std::uint64_t position) {
  const r123::Philox4x64::ctr_type counter{
      {position, static_cast<std::uint64_t>(stream.purpose), stream.step, stream.trial}};
  const r123::Philox4x64::key_type key{{stream.seed, 0}};
  const auto block = r123::Philox4x64()(counter, key);
  return {block[0], block[1], block[2], block[3]};
}

// Σ_i c_i x^i with c_i = ±1/(2i + odd)!, alternating: cos(√x) for odd = 0, sin(√x)/√x for odd = 1. Nine terms are exact
// to rounding for x ≤ (π/4)².
template <int odd>
double alternating_series(double x) {
  double sum = 1;
  for (int i = 8; i >= 1; --i) sum = 1 - x * (1.0 / ((2 * i - 1 + odd) * (2 * i + odd))) * sum;
  return sum;
}

// −2 ln x for normal x > 0, to a few units in the last place: x = 2^e m with m in [√½, √2), ln m = 2 artanh(t). Unlike
// Eigen's logarithm it does without the cases that are not met here, in half the time.
double minus_twice_log(double x) {
  constexpr auto root_of_half = std::bit_cast<std::int64_t>(M_SQRT1_2);
  const auto bits = std::bit_cast<std::int64_t>(x);
  const std::int64_t e = (bits - root_of_half) >> 52;
  const double m = std::bit_cast<double>(bits - e * (std::int64_t{1} << 52));
  const double t = (m - 1) / (m + 1), square = t * t;
  double sum = 0;
  for (int i = 10; i >= 0; --i) sum = sum * square + 1.0 / (2 * i + 1);
  return -2 * M_LN2 * static_cast<double>(e) - 4 * t * sum;
}

// Normals chunk · index … chunk · (index + 1) − 1 of the stream.
void normal_chunk(const Stream& stream, std::uint64_t index, double* out) {
  alignas(64) std::array<std::uint64_t, pairs> words;
#pragma GCC unroll 4
  for (int i = 0; i < pairs / words_per_block; ++i) {
    const auto block = philox(stream, index * (pairs / words_per_block) + static_cast<std::uint64_t>(i));
    for (int j = 0; j < words_per_block; ++j) words[words_per_block * i + j] = block[j];
  }
  Eigen::Array<double, pairs, 1> radius;
  for (int i = 0; i < pairs; ++i) radius[i] = minus_twice_log((static_cast<double>(words[i] >> 24) + 0.5) * 0x1p-40);
  radius = radius.sqrt();
  for (int i = 0; i < pairs; ++i) {
    // The angle is a quarter turn, from two bits, and t in (−π/4, π/4), from 22 bits.
    const auto bits = static_cast<std::int64_t>(words[i] & 0xffffff);
    const double t = (static_cast<double>(bits & 0x3fffff) + 0.5 - 0x1p21) * 0x1p-22 * M_PI_2;
    const double c = alternating_series<0>(t * t), s = t * alternating_series<1>(t * t);
    const bool swap = bits & 0x400000, flip = bits & 0x800000;
    const double r = flip ? -radius[i] : radius[i];
    out[i] = r * (swap ? -s : c);
    out[pairs + i] = r * (swap ? c : s);
  }
}

}  // namespace

std::vector<std::uint64_t> random_words(const Stream& stream, std::size_t count) {
  std::vector<std::uint64_t> words(count);
  for (std::size_t first = 0; first < count; first += words_per_block) {
    const auto block = philox(stream, first / words_per_block);
    std::copy_n(block.begin(), std::min<std::size_t>(words_per_block, count - first),
                words.begin() + static_cast<std::ptrdiff_t>(first));
  }
  return words;
}

template <class S>
Matrix<S> normals(const Stream& stream, Eigen::Index rows, Eigen::Index cols, int threads) {
  Matrix<S> result(rows, cols);
  const Eigen::Index size = result.size();
#pragma omp parallel for schedule(static) num_threads(threads) if (threads > 1)
  for (Eigen::Index begin = 0; begin < size; begin += chunk) {
    const auto index = static_cast<std::uint64_t>(begin / chunk);
    if constexpr (std::is_same_v<S, double>)
      if (begin + chunk <= size) {
        normal_chunk(stream, index, result.data() + begin);
        continue;
      }
    Eigen::Array<double, chunk, 1> z;
    normal_chunk(stream, index, z.data());
    const Eigen::Index length = std::min(chunk, size - begin);
    Eigen::Map<Eigen::Array<S, Eigen::Dynamic, 1>>(result.data() + begin, length) = z.head(length).template cast<S>();
  }
  return result;
}

template Matrix<double> normals(const Stream&, Eigen::Index, Eigen::Index, int);
template Matrix<float> normals(const Stream&, Eigen::Index, Eigen::Index, int);

}  // namespace muonphase
