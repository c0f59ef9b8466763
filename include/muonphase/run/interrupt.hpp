#pragma once

namespace muonphase {

/// While this lives, SIGINT and SIGTERM ask for an orderly end instead of killing the process; a second one kills. One
/// at a time in a process, as signals are.
class InterruptGuard {
 public:
  InterruptGuard();
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

  /// True once a signal has come. Any thread may ask.
  static bool interrupted();
};

}  // namespace muonphase
