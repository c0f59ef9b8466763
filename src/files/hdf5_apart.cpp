#include "files/hdf5_apart.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fstream>

#include "files/hdf5_scales.hpp"
#include "muonphase/core/error.hpp"

namespace muonphase {
namespace {

// The child's side. Texts go through a pipe: numbers as 8 bytes, then what they count.
class Sender {
 public:
  Sender(hid_t file, int pipe) : file_(file), pipe_(pipe) {}

  hid_t file() const { return file_; }

  void send(const std::string& key, const std::vector<std::string>& texts) {
    number(key.size());
    bytes(key.data(), key.size());
    number(texts.size());
    for (const auto& text : texts) {
      number(text.size());
      bytes(text.data(), text.size());
    }
  }

  void flush() {
    for (std::size_t at = 0; at < buffer_.size();) {
      const ssize_t written = ::write(pipe_, buffer_.data() + at, buffer_.size() - at);
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) _exit(1);
      at += static_cast<std::size_t>(written);
    }
    buffer_.clear();
  }

 private:
  void number(std::uint64_t value) { bytes(&value, sizeof value); }
  void bytes(const void* data, std::size_t size) {
    buffer_.append(static_cast<const char*>(data), size);
    if (buffer_.size() > 1 << 16) flush();
  }

  hid_t file_;
  int pipe_;
  std::string buffer_;
};

// Many numbers in one piece: the library just copies them, which would take as long again.
bool is_plain(hid_t object, std::size_t values) {
  if (values < 1000000 || H5Iget_type(object) != H5I_DATASET) return false;
  const Handle properties(H5Dget_create_plist(object), H5Pclose);
  return H5Pget_layout(properties) == H5D_CONTIGUOUS;
}

// Values of a dataset or an attribute as the reader takes them: numbers as doubles, text by its own length, of which
// that of variable length is sent. `read` gets the type in memory and the place.
template <class Read>
void try_values(Sender& sender, hid_t owner, hid_t object, const std::string& what, hid_t stored, hid_t space,
                Read read) {
  const hssize_t count = H5Sget_simple_extent_npoints(space);
  const auto kind = H5Tget_class(stored);
  if (count < 0 || !plausible_size(object, stored, space)) return;
  const auto values = static_cast<std::size_t>(count);
  if (kind == H5T_STRING) {
    const auto texts = read_text(stored, values, space, [&](hid_t type, void* data) { return read(type, data) >= 0; });
    if (texts && H5Tis_variable_str(stored) > 0) sender.send(text_key(owner, what), *texts);
  } else if ((kind == H5T_INTEGER || kind == H5T_FLOAT) && !is_plain(object, values)) {
    std::vector<double> numbers(values);
    read(H5T_NATIVE_DOUBLE, numbers.data());
  }
}

herr_t try_attribute(hid_t owner, const char* name, const H5A_info_t*, void* sender) {
  const Handle attribute(H5Aopen(owner, name, H5P_DEFAULT), H5Aclose);
  if (!attribute.valid()) return 0;
  const Handle type(H5Aget_type(attribute), H5Tclose), space(H5Aget_space(attribute), H5Sclose);
  try_values(*static_cast<Sender*>(sender), owner, attribute, name, type, space,
             [&](hid_t in_memory, void* data) { return H5Aread(attribute, in_memory, data); });
  return 0;
}

herr_t try_object(hid_t, const char* name, const H5O_info_t* info, void* data) {
  Sender& sender = *static_cast<Sender*>(data);
  const Handle object(H5Oopen(sender.file(), name, H5P_DEFAULT), H5Oclose);
  if (!object.valid()) return 0;
  H5Aiterate2(object, H5_INDEX_NAME, H5_ITER_INC, nullptr, try_attribute, data);
  if (info->type == H5O_TYPE_GROUP) H5Lexists(object, "no such link", H5P_DEFAULT);
  if (info->type != H5O_TYPE_DATASET) return 0;
  const Handle type(H5Dget_type(object), H5Tclose), space(H5Dget_space(object), H5Sclose);
  const auto rank = static_cast<std::size_t>(std::max(0, H5Sget_simple_extent_ndims(space)));
  sender.send(text_key(object, "#names"), describe_scales(object, rank, scale_name));
  sender.send(text_key(object, "#paths"), describe_scales(object, rank, object_path));
  try_values(sender, object, object, "", type, space, [&](hid_t in_memory, void* place) {
    return H5Dread(object, in_memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, place);
  });
  return 0;
}

void try_file(const std::filesystem::path& path, int pipe) {
  const QuietHdf5 quiet;
  const Handle file = open_to_read(path);
  if (!file.valid()) return;
  Sender sender(file, pipe);
  for (const auto index : {H5_INDEX_NAME, H5_INDEX_CRT_ORDER})  // both are used to list groups
    H5Ovisit2(file, index, H5_ITER_INC, try_object, &sender, H5O_INFO_BASIC);
  sender.flush();
}

// A crash leaves no core and no words behind, and nothing goes on for ever. Larger files have more time.
void confine(double bytes) {
  const rlimit no_core{0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
  const auto seconds = static_cast<rlim_t>(1 + bytes / 1e7);
  const rlimit processor{seconds, seconds + 1};
  setrlimit(RLIMIT_CPU, &processor);
#ifndef __SANITIZE_ADDRESS__  // its own memory is without bounds
  std::size_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  const auto most =
      static_cast<rlim_t>(static_cast<double>(pages) * static_cast<double>(sysconf(_SC_PAGESIZE)) + 2e9 + 200 * bytes);
  const rlimit memory{most, most};
  if (pages > 0) setrlimit(RLIMIT_AS, &memory);
#endif
  for (const int number : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGALRM, SIGXCPU, SIGTERM, SIGINT, SIGHUP})
    signal(number, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  alarm(static_cast<unsigned>(20 + bytes / 5e6));
  const int null = ::open("/dev/null", O_WRONLY);
  if (null >= 0) dup2(null, STDERR_FILENO);
}

// The parent's side: all that comes through the pipe until its other end is closed.
std::string all_of(int pipe) {
  std::string bytes;
  char block[1 << 16];
  while (true) {
    const ssize_t size = ::read(pipe, block, sizeof block);
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return bytes;
    bytes.append(block, static_cast<std::size_t>(size));
  }
}

TextsApart unpacked(const std::string& bytes) {
  std::size_t at = 0;
  const auto number = [&] {
    std::uint64_t value = 0;
    if (bytes.size() - at >= sizeof value) std::memcpy(&value, bytes.data() + at, sizeof value);
    at = std::min(bytes.size(), at + sizeof value);
    return value;
  };
  const auto text = [&] {
    const std::uint64_t size = std::min<std::uint64_t>(number(), bytes.size() - at);
    at += size;
    return bytes.substr(at - size, size);
  };
  TextsApart texts;
  while (at < bytes.size()) {
    const std::string key = text();
    std::vector<std::string> list;
    for (std::uint64_t left = number(); left > 0 && at < bytes.size(); --left) list.push_back(text());
    texts.emplace(key, std::move(list));
  }
  return texts;
}

// Signals that come from outside say nothing of the file.
bool is_damage(int status) {
  if (!WIFSIGNALED(status)) return WEXITSTATUS(status) != 0;
  const int death = WTERMSIG(status);
  return death != SIGINT && death != SIGTERM && death != SIGHUP && death != SIGKILL;
}

}  // namespace

bool plausible_size(hid_t object, hid_t type, hid_t space) {
  constexpr double most_values = 1e10, without_question = 1e8, best_compression = 1100;  // that of deflate is 1032
  const auto count = static_cast<double>(H5Sget_simple_extent_npoints(space));
  const auto each = static_cast<double>(std::max(H5Tget_size(type), sizeof(double)));
  const Handle file(H5Iget_file_id(object), H5Fclose);
  hsize_t size = 0;
  if (H5Fget_filesize(file, &size) < 0) return false;
  return count <= most_values && count * each <= without_question + best_compression * static_cast<double>(size);
}

std::string text_key(hid_t object, const std::string& what) {
  H5O_info_t info{};
  H5Oget_info2(object, &info, H5O_INFO_BASIC);
#if H5_VERSION_GE(1, 12, 0)
  const std::string place(reinterpret_cast<const char*>(&info.token), sizeof info.token);
#else
  const std::string place(reinterpret_cast<const char*>(&info.addr), sizeof info.addr);
#endif
  return place + what;
}

Handle open_to_read(const std::filesystem::path& path) {
  const Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
#if H5_VERSION_GE(1, 10, 7)
  H5Pset_file_locking(access, false, true);
#endif
  return Handle(H5Fopen(path.c_str(), H5F_ACC_RDONLY, access), H5Fclose);
}

std::optional<TextsApart> read_apart(const std::filesystem::path& path) {
  std::error_code error;
  const auto size = static_cast<double>(std::filesystem::file_size(path, error));
  int ends[2];
  if (error || ::pipe2(ends, O_CLOEXEC) != 0) return std::nullopt;
  H5open();  // the library is ready in the child
  const pid_t child = fork();
  if (child == 0) {
    ::close(ends[0]);
    confine(size);
    try {
      try_file(path, ends[1]);
    } catch (...) {  // not enough memory: the reader says so itself
    }
    _exit(0);  // nothing of the parent is flushed or closed
  }
  ::close(ends[1]);
  const std::string bytes = child < 0 ? "" : all_of(ends[0]);
  ::close(ends[0]);
  int status = 0;
  while (child > 0 && waitpid(child, &status, 0) < 0)
    if (errno != EINTR) return std::nullopt;
  if (child < 0) return std::nullopt;
  if (is_damage(status)) throw IoError(path.string() + ": damaged HDF5 file");
  return unpacked(bytes);
}

}  // namespace muonphase
