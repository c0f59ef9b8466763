#pragma once
#include <filesystem>
#include <string>

namespace muonphase {

/// While this lives, SIGINT and SIGTERM ask for an orderly end instead of killing the process; a second one kills. One
/// at a time in a process, as signals are.
class InterruptGuard {
 public:
  InterruptGuard();
  /// For work that has nothing to save at its end: 0.6 s after the signal the process ends with exit code 130, whatever
  /// it is doing, and removes `partial` if that is empty. It says "error: interrupted", or else after SIGTERM.
  explicit InterruptGuard(const std::filesystem::path& partial, const std::string& after_sigterm = "interrupted");
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

  /// The work is done, and its result takes the time it takes to be written.
  void be_patient();

  /// True once a signal has come. Any thread may ask.
  static bool interrupted();
  /// True once it was SIGTERM.
  static bool terminated();
};

}  // namespace muonphase
