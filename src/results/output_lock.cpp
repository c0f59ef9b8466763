#include "results/output_lock.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "files/write_beside.hpp"
#include "muonphase/core/error.hpp"

namespace muonphase {
namespace {

// False when another process holds the file. Locks of open files where the system has them: those of flock() are the
// HDF5 library's, of whoever reads a checkpoint. Where a file cannot be locked at all, runs go without.
bool try_lock(int file) {
#ifdef F_OFD_SETLK
  struct flock whole {};
  whole.l_type = F_WRLCK;
  whole.l_whence = SEEK_SET;
  if (::fcntl(file, F_OFD_SETLK, &whole) == 0) return true;
#else
  if (::flock(file, LOCK_EX | LOCK_NB) == 0) return true;
#endif
  return errno != EAGAIN && errno != EACCES && errno != EWOULDBLOCK;
}

// Whether the open file still goes by that name.
bool is_at(int file, const std::filesystem::path& path) {
  struct stat open_file {
  }, named{};
  return ::fstat(file, &open_file) == 0 && ::stat(path.c_str(), &named) == 0 && open_file.st_dev == named.st_dev &&
         open_file.st_ino == named.st_ino;
}

}  // namespace

OutputLock::OutputLock(std::filesystem::path path) : path_(std::move(path)) {
  while (true) {
    file_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (file_ < 0) throw IoError(fmt::format("{}: cannot be written: {}", path_.string(), std::strerror(errno)));
    const bool locked = try_lock(file_);
    if (locked && is_at(file_, path_)) return;
    ::close(std::exchange(file_, -1));  // else its last owner renamed or removed it just now
    if (!locked) throw IoError(path_.string() + ": another run is at work on it");
  }
}

OutputLock::~OutputLock() {
  if (empty() && is_at(file_, path_)) ::unlink(path_.c_str());
  ::close(file_);
}

bool OutputLock::empty() const {
  struct stat status {};
  return ::fstat(file_, &status) == 0 && status.st_size == 0;
}

void OutputLock::replace(std::span<const std::byte> bytes) {
  const int next = write_beside(path_, bytes);
  try_lock(next);  // nobody else knows of it
  try {
    rename_beside(path_);
  } catch (...) {
    ::close(next);
    throw;
  }
  ::close(std::exchange(file_, next));
}

}  // namespace muonphase
