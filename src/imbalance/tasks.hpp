#pragma once
#include <cstddef>
#include <functional>

#include "muonphase/core/monitor.hpp"

namespace muonphase {

// Runs `task(i)` for i = 0 … count − 1, in parallel when there are as many tasks as threads; the task gets the threads
// that are left to it and a monitor of its own steps, as many in every task. The first exception is passed on once all
// have stopped.
void for_each_task(std::size_t count, int threads, const Monitor& monitor,
                   const std::function<void(std::size_t, int threads, const Monitor& steps)>& task);

}  // namespace muonphase
