#pragma once
#include <Eigen/Core>
#include <algorithm>

namespace muonphase {

// A range of rows or columns that one task works on.
struct Block {
  Eigen::Index begin, size;
};

// Calls task(block) for consecutive blocks of 0 … n − 1, `parts` of them or so, none but the last shorter than 96.
template <class Task>
void for_blocks(Eigen::Index n, Eigen::Index parts, int threads, const Task& task) {
  constexpr Eigen::Index multiple = 48;  // rows of whole tiles of multiply(), in either precision
  const Eigen::Index size = std::max(2 * multiple, ((n + parts - 1) / parts + multiple - 1) / multiple * multiple);
#pragma omp parallel for schedule(dynamic) num_threads(threads) if (threads > 1 && size < n)
  for (Eigen::Index begin = 0; begin < n; begin += size) task(Block{begin, std::min(size, n - begin)});
}

}  // namespace muonphase
