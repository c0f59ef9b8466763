#include "imbalance/tasks.hpp"

#include <exception>
#include <vector>

namespace muonphase {

void for_each_task(std::size_t count, int threads, const Monitor& monitor,
                   const std::function<void(std::size_t, int threads, const Monitor& steps)>& task) {
  const bool outer = count >= static_cast<std::size_t>(threads);
  std::vector<std::exception_ptr> failed(count);
  SharedMonitor steps(monitor, count);
#pragma omp parallel for schedule(dynamic) num_threads(threads) if (outer && threads > 1)
  for (std::size_t i = 0; i < count; ++i) {
    if (monitor.stop()) continue;
    try {
      task(i, outer ? 1 : threads, steps.part());
    } catch (...) {
      failed[i] = std::current_exception();
    }
  }
  for (const auto& error : failed)
    if (error) std::rethrow_exception(error);
  monitor.check();
}

}  // namespace muonphase
