#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include "muonphase/core/error.hpp"
#include "muonphase/report/figures/figure.hpp"

extern char** environ;

namespace muonphase::figures {
namespace {

namespace fs = std::filesystem;

class File {
 public:
  explicit File(int descriptor) : descriptor_(descriptor) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  int descriptor() const { return descriptor_; }
  bool ok() const { return descriptor_ >= 0; }

 private:
  int descriptor_;
};

/// An anonymous file in memory: gnuplot reads its program from one and leaves its messages in another, so neither side
/// can block or be killed by the other's end.
File memory_file(const char* name) {
  const int descriptor = memfd_create(name, MFD_CLOEXEC);
  if (descriptor < 0) throw IoError(fmt::format("cannot make a temporary file for gnuplot: {}", std::strerror(errno)));
  return File(descriptor);
}

void write_all(const File& file, std::string_view text) {
  while (!text.empty()) {
    const ssize_t n = write(file.descriptor(), text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) throw IoError(fmt::format("cannot hand the figure to gnuplot: {}", std::strerror(errno)));
    text.remove_prefix(static_cast<std::size_t>(n));
  }
  lseek(file.descriptor(), 0, SEEK_SET);
}

std::string read_all(const File& file) {
  lseek(file.descriptor(), 0, SEEK_SET);
  std::string text;
  std::array<char, 4096> buffer;
  for (ssize_t n; (n = read(file.descriptor(), buffer.data(), buffer.size())) > 0;) text.append(buffer.data(), n);
  return text;
}

/// The error among gnuplot's messages: "…line 12: what went wrong" if there is one, else the last line.
std::string first_error(const std::string& messages) {
  std::istringstream lines(messages);
  std::string last;
  for (std::string line; std::getline(lines, line);) {
    const std::size_t start = line.find_first_not_of(" \t^");
    if (start == std::string::npos) continue;
    line.erase(0, start);
    if (line.rfind("line ", 0) == 0 && line.find(": ") != std::string::npos) return line.substr(line.find(": ") + 2);
    last = line;
  }
  return last;
}

/// Runs gnuplot on a program with its standard output in a file. Empty when it succeeded, else what went wrong.
std::string run_gnuplot(const std::string& program, const File& output) {
  const File input = memory_file("gnuplot-program"), messages = memory_file("gnuplot-messages");
  write_all(input, program);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, input.descriptor(), STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, output.descriptor(), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, messages.descriptor(), STDERR_FILENO);
  std::array<char*, 4> arguments = {const_cast<char*>("gnuplot"), const_cast<char*>("--default-settings"),
                                    const_cast<char*>("-"), nullptr};
  pid_t child = 0;
  const int failed = posix_spawnp(&child, "gnuplot", &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failed == ENOENT) return "gnuplot is not installed (Debian package gnuplot-nox)";
  if (failed != 0) return fmt::format("gnuplot cannot be started: {}", std::strerror(failed));
  int status = 0;
  while (waitpid(child, &status, 0) < 0)
    if (errno != EINTR) return fmt::format("gnuplot was lost: {}", std::strerror(errno));
  if (WIFSIGNALED(status)) return fmt::format("gnuplot was killed by signal {}", WTERMSIG(status));
  const int code = WEXITSTATUS(status);
  if (code == 0) return "";
  const std::string error = first_error(read_all(messages));
  return fmt::format("gnuplot failed: {}", error.empty() ? fmt::format("exit code {}", code) : error);
}

/// Whether the image reached its end mark; gnuplot does not report a full disk.
bool complete(const fs::path& path, Format format) {
  const std::string_view mark = format == Format::png ? "IEND" : format == Format::pdf ? "%%EOF" : "</svg>";
  std::ifstream in(path, std::ios::binary | std::ios::ate);
  const auto size = static_cast<std::streamoff>(in.tellg());
  std::string tail(static_cast<std::size_t>(std::clamp<std::streamoff>(size, 0, 64)), '\0');
  in.seekg(-static_cast<std::streamoff>(tail.size()), std::ios::end);
  in.read(tail.data(), static_cast<std::streamsize>(tail.size()));
  return tail.find(mark) != std::string::npos;
}

/// gnuplot takes a single family; a viewer without DejaVu Sans should fall back to one of its width, not to a serif.
void name_fallback_fonts(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  std::string svg = text.str();
  const std::string from = "font-family=\"DejaVu Sans\"", to = "font-family=\"DejaVu Sans, Verdana, sans-serif\"";
  for (std::size_t at = 0; (at = svg.find(from, at)) != std::string::npos; at += to.size())
    svg.replace(at, from.size(), to);
  std::ofstream(path, std::ios::trunc) << svg;
}

/// A file that is gone at the end of its scope, unless it was renamed.
struct Temporary {
  fs::path path;
  ~Temporary() {
    std::error_code ignored;
    fs::remove(path, ignored);
  }
};

}  // namespace

Format format_of(const fs::path& path) {
  std::string extension = path.extension().string();
  for (char& c : extension) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  if (extension == ".png") return Format::png;
  if (extension == ".svg") return Format::svg;
  if (extension == ".pdf") return Format::pdf;
  throw StudyError(
      fmt::format("cannot tell the kind of figure from '{}': the name must end in .png, .svg or .pdf", path.string()));
}

void save_figure(const Figure& figure, const fs::path& path) {
  const Format format = format_of(path);
  const std::string program = gnuplot_script(figure, format);
  std::error_code error;
  if (fs::is_directory(path, error)) throw IoError(fmt::format("cannot write '{}': it is a directory", path.string()));
  const Temporary partial{path.string() + ".partial"};
  const auto fail = [&](const std::string& why) {
    throw IoError(fmt::format("cannot draw '{}': {}", path.string(), why));
  };
  {
    const File output(open(partial.path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
    if (!output.ok()) throw IoError(fmt::format("cannot write '{}': {}", path.string(), std::strerror(errno)));
    if (const std::string why = run_gnuplot(program, output); !why.empty()) fail(why);
  }
  if (format == Format::svg) name_fallback_fonts(partial.path);
  if (!complete(partial.path, format)) fail("gnuplot left it incomplete (is the disk full?)");
  fs::rename(partial.path, path, error);
  if (error) fail(error.message());
}

}  // namespace muonphase::figures
