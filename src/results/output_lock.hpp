#pragma once
#include <cstddef>
#include <filesystem>
#include <span>

namespace muonphase {

/// The partial file of a run, which belongs to this process as long as the lock lives. The lock goes with the process,
/// however it ends; it is of no use between machines.
class OutputLock {
 public:
  /// Makes the file where it is missing, empty. IoError when it cannot be written or another run has it.
  explicit OutputLock(std::filesystem::path path);
  /// Removes the file while it is empty.
  ~OutputLock();
  OutputLock(const OutputLock&) = delete;
  OutputLock& operator=(const OutputLock&) = delete;

  /// Whether there is anything in the file.
  bool empty() const;
  /// Replaces the file at once by another, which is this run's from its first moment. IoError, and it stays as it is.
  void replace(std::span<const std::byte> bytes);

 private:
  std::filesystem::path path_;
  int file_ = -1;
};

}  // namespace muonphase
