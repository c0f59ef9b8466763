#pragma once
#include <cstddef>
#include <functional>

#include "muonphase/core/error.hpp"

namespace muonphase {

/// What a long computation tells its caller and asks of it. Both functions may be empty. They are called from any
/// thread and must not throw.
struct Monitor {
  std::function<void(std::size_t done, std::size_t total)> progress;  ///< units of work finished, of how many
  std::function<bool()> interrupted;                                  ///< true once the user wants to stop

  void report(std::size_t done, std::size_t total) const {
    if (progress) progress(done, total);
  }
  bool stop() const { return interrupted && interrupted(); }
  /// Throws Interrupted when the user wants to stop. Not inside a parallel region, which an exception cannot leave.
  void check() const {
    if (stop()) throw Interrupted();
  }
};

}  // namespace muonphase
