#include "muonphase/closures/averages/memory.hpp"

#include <cmath>

namespace muonphase {

Memory map_memory(const Window& window) {
  Memory memory;
  memory.mean = window;
  memory.square = {window.newest * window.newest, window.tail * window.tail, window.retention * window.retention};
  return memory;
}

Memory free_memory(const Window& window) {
  Memory memory;
  memory.mean = window;
  memory.size = Memory::Size::free;
  return memory;
}

double weight_so_far(const Window& window, double steps) {
  if (window.one_step()) return window.newest;
  const double gone = std::exp(steps * std::log(window.retention));
  return window.newest + window.tail * (window.retention - gone) / (1 - window.retention);
}

}  // namespace muonphase
