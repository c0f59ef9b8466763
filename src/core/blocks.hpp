#pragma once
#include <Eigen/Core>
#include <algorithm>

#include "core/watch.hpp"

namespace muonphase {

// A range of rows or columns that one task works on.
struct Block {
  Eigen::Index begin, size;
};

// Calls task(block) for the blocks of 0 … n − 1, `parts` of them or so, none but the last shorter than 96; the last
// block first, as it is the largest where a block is a range of rows of a lower triangle. Under a Watch, Interrupted.
template <class Task>
void for_blocks(Eigen::Index n, Eigen::Index parts, int threads, const Task& task) {
  constexpr Eigen::Index multiple = 48;  // rows of whole tiles of multiply(), in either precision
  const Eigen::Index size = std::max(2 * multiple, ((n + parts - 1) / parts + multiple - 1) / multiple * multiple);
  const Eigen::Index last = (n - 1) / size;
  const Watcher watch = Watch::here();
  const auto run = [&](Eigen::Index i) {
    const Watch part({watch.monitor, true});
    if (!watch.stop()) task(Block{i * size, std::min(size, n - i * size)});
  };
  if (threads == 1 || last == 0) {  // a parallel region of one thread costs more than a product of small matrices
    for (Eigen::Index i = last; i >= 0; --i) run(i);
  } else {
#pragma omp parallel for schedule(dynamic) num_threads(threads)
    for (Eigen::Index i = last; i >= 0; --i) run(i);
  }
  watch.check();
}

}  // namespace muonphase
