#pragma once
#include <fcntl.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

/// A file in memory with the bytes of one input, for readers that take a path.
class ScratchFile {
 public:
  ScratchFile() : path_("/dev/shm/muonphase-fuzz-" + std::to_string(::getpid())) {}
  ~ScratchFile() { ::unlink(path_.c_str()); }

  const std::string& write(const void* bytes, std::size_t size) {
    const int file = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (file < 0 || ::write(file, bytes, size) != static_cast<ssize_t>(size)) std::abort();
    ::close(file);
    return path_;
  }

 private:
  std::string path_;
};
