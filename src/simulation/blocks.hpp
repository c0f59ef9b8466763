#pragma once
#include <Eigen/Core>
#include <algorithm>

namespace muonphase {

// A range of rows or columns that one task works on. Ranges depend on the dimension alone, never on the number of
// threads, so neither do the bits of what is computed in them.
struct Block {
  Eigen::Index begin, size;
};

// Calls task(block) for consecutive blocks of 0 … n − 1, one in `parts` of it but between 128 and 256 long: large
// enough to keep Eigen's kernel busy.
template <class Task>
void for_blocks(Eigen::Index n, Eigen::Index parts, int threads, const Task& task) {
  const Eigen::Index size = std::clamp<Eigen::Index>((n / parts + 63) / 64 * 64, 128, 256);
#pragma omp parallel for schedule(dynamic) num_threads(threads) if (threads > 1)
  for (Eigen::Index begin = 0; begin < n; begin += size) task(Block{begin, std::min(size, n - begin)});
}

}  // namespace muonphase
