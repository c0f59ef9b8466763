#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "files/write_beside.hpp"
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

// What takes the name of the file beside it is gone: a device or a pipe is no place to write to so.
void require_a_file(const std::filesystem::path& path) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  const char* why = path.filename().empty()                 ? "it is not the name of a file"
                    : std::filesystem::is_directory(status) ? "it is a directory"
                    : std::filesystem::exists(status) && !std::filesystem::is_regular_file(status)
                        ? "it is not a regular file"
                        : nullptr;
  if (why) throw IoError(fmt::format("{}: cannot be written: {}", path.empty() ? "\"\"" : path.string(), why));
}

[[noreturn]] void give_up(const std::filesystem::path& path, int reason) {
  ::unlink(beside(path).c_str());
  throw IoError(fmt::format("{}: cannot be written: {}", path.string(), std::strerror(reason)));
}

}  // namespace

std::string beside(const std::filesystem::path& path) {
  return path.string() + ".tmp";
}

int write_beside(const std::filesystem::path& path, std::span<const std::byte> bytes) {
  require_a_file(path);
  const int file = ::open(beside(path).c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (file < 0) throw IoError(fmt::format("{}: cannot be written: {}", path.string(), std::strerror(errno)));
  if (write_all(file, bytes) && ::fsync(file) == 0) return file;
  const int reason = errno;
  ::close(file);
  give_up(path, reason);
}

void rename_beside(const std::filesystem::path& path) {
  if (std::rename(beside(path).c_str(), path.c_str()) != 0) give_up(path, errno);
}

void write_file(const std::filesystem::path& path, std::span<const std::byte> bytes) {
  if (::close(write_beside(path, bytes)) != 0) give_up(path, errno);
  rename_beside(path);
}

}  // namespace muonphase
