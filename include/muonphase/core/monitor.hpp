#pragma once
#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <utility>

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

/// One count of the work of `parts` equal tasks, which may run at the same time.
class SharedMonitor {
 public:
  /// `whole` must outlive it, and it its parts.
  SharedMonitor(const Monitor& whole, std::size_t parts) : whole_(whole), parts_(parts) {}

  /// What watches one task. It counts from 0, and no thread but one at a time calls it.
  Monitor part() {
    const auto before = std::make_shared<std::size_t>(0);
    return {[this, before](std::size_t done, std::size_t total) {
              done_ += done - std::exchange(*before, done);
              whole_.report(done_, parts_ * total);
            },
            whole_.interrupted};
  }

 private:
  const Monitor& whole_;
  std::size_t parts_;
  std::atomic<std::size_t> done_ = 0;
};

}  // namespace muonphase
