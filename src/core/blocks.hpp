#pragma once
#include <Eigen/Core>
#include <algorithm>

namespace muonphase {

// A range of rows or columns that one task works on.
struct Block {
  Eigen::Index begin, size;
};

// Calls task(block) for the blocks of 0 … n − 1, `parts` of them or so, none but the last shorter than 96; the last
// block first, as it is the largest where a block is a range of rows of a lower triangle.
template <class Task>
void for_blocks(Eigen::Index n, Eigen::Index parts, int threads, const Task& task) {
  constexpr Eigen::Index multiple = 48;  // rows of whole tiles of multiply(), in either precision
  const Eigen::Index size = std::max(2 * multiple, ((n + parts - 1) / parts + multiple - 1) / multiple * multiple);
#pragma omp parallel for schedule(dynamic) num_threads(threads) if (threads > 1 && size < n)
  for (Eigen::Index i = (n - 1) / size; i >= 0; --i) task(Block{i * size, std::min(size, n - i * size)});
}

}  // namespace muonphase
