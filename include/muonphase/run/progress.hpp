#pragma once
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <mutex>
#include <string>

namespace muonphase {

/// Progress of a long computation on a stream: a bar with the time left on a terminal, a plain line now and then
/// elsewhere, or nothing. tick() may be called from any thread.
class Progress {
 public:
  enum class Style { automatic, off };

  /// `what` begins every line; `unit` names what is counted ("cells").
  Progress(std::string what, std::string unit, Style style, std::FILE* stream = stderr);
  /// Takes the bar off the terminal.
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void tick(std::size_t done, std::size_t total);

 private:
  using Clock = std::chrono::steady_clock;

  std::string what_, unit_;
  std::FILE* stream_;
  bool shown_, bar_;
  std::mutex mutex_;
  Clock::time_point start_ = Clock::now(), last_ = start_;
  std::size_t first_ = 0, most_ = 0;
  bool begun_ = false, drawn_ = false;
};

/// "4 s", "3 min 20 s", "5 h 10 min"
std::string format_duration(double seconds);

}  // namespace muonphase
