#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "muonphase/files/hdf5.hpp"

namespace muonphase {
namespace {

bool write_all(int file, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace

void write_file(const std::filesystem::path& path, std::span<const std::byte> bytes) {
  const std::string beside = path.string() + ".tmp";
  const int file = ::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  bool fine = file >= 0 && write_all(file, bytes) && ::fsync(file) == 0;
  int reason = errno;
  if (file >= 0 && ::close(file) != 0 && fine) {
    fine = false;
    reason = errno;
  }
  if (fine && std::rename(beside.c_str(), path.c_str()) == 0) return;
  if (fine) reason = errno;
  if (file >= 0) ::unlink(beside.c_str());
  throw IoError(fmt::format("{}: cannot be written: {}", path.string(), std::strerror(reason)));
}

}  // namespace muonphase
