#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "muonphase/core/matrix.hpp"

namespace muonphase {

/// What a stream of random numbers is for.
enum class Purpose : std::uint64_t { target, batch_out, batch_in, label_noise, label, direction, start, kick, rows };

/// The address of a stream. Streams are counter-based (Philox-4x64-10 of Random123, keyed by the seed, counting
/// (position, purpose, step, trial)): equal addresses give equal numbers, whatever the thread that asks and whatever
/// other streams were read, and different addresses give independent ones.
struct Stream {
  std::uint64_t seed = 0;
  std::uint64_t trial = 0;
  std::uint64_t step = 0;
  Purpose purpose = Purpose::target;
};

/// The first `count` 64-bit words of the stream.
std::vector<std::uint64_t> random_words(const Stream& stream, std::size_t count);

/// Independent standard normals [rows, cols], column by column. Box–Muller with 40 bits for the radius (|z| ≤ 7.5) and
/// 24 bits for the angle: a grid of 2^24 equal angles integrates every trigonometric polynomial of lower degree
/// exactly. Single precision rounds the numbers of double precision, so both see the same draws.
template <class S>
Matrix<S> normals(const Stream& stream, Eigen::Index rows, Eigen::Index cols, int threads = 1);

}  // namespace muonphase
