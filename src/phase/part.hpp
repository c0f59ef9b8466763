#pragma once
#include <cstddef>

#include "muonphase/core/monitor.hpp"

namespace muonphase {

// What watches one of `parts` equal parts of the work that `whole` watches, and must outlive it.
inline Monitor part_of(const Monitor& whole, std::size_t part, std::size_t parts) {
  return {.progress = [&whole, part, parts](std::size_t done,
                                            std::size_t total) { whole.report(part * total + done, parts * total); },
          .interrupted = whole.interrupted};
}

}  // namespace muonphase
