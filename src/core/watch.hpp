#pragma once
#include <utility>

#include "muonphase/core/monitor.hpp"

namespace muonphase {

// Who watches the matrix kernels that a thread calls.
struct Watcher {
  const Monitor* monitor = nullptr;
  bool shares = false;  // the thread works on a part of a kernel, inside a parallel region

  bool stop() const { return monitor && monitor->stop(); }
  void check() const {
    if (!shares && stop()) throw Interrupted();
  }
};

// Lets a step of many matrix kernels end in its middle. While a Watch lives, the kernels that its thread calls look at
// the monitor before each block, and throw Interrupted once the user wants to stop; what they were writing is lost.
// Threads that share the work of a kernel stop early, and leave the throwing to the one that called it.
class Watch {
 public:
  explicit Watch(const Watcher& watcher) : before_(std::exchange(here_, watcher)) {}
  ~Watch() { here_ = before_; }
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  static const Watcher& here() { return here_; }

 private:
  static inline thread_local Watcher here_;
  Watcher before_;
};

}  // namespace muonphase
