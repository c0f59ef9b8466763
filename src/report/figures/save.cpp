#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <span>
#include <sstream>

#include "muonphase/core/error.hpp"
#include "muonphase/files/hdf5.hpp"
#include "muonphase/report/figures/figure.hpp"

namespace muonphase::figures {
namespace {

namespace fs = std::filesystem;

/// A file in memory: gnuplot reads its program from one, and leaves the image and its messages in others, so neither
/// side can block or be killed by the other's end.
class MemoryFile {
 public:
  MemoryFile() : descriptor_(memfd_create("muonphase-figure", 0)) {
    if (descriptor_ < 0) throw IoError(fmt::format("no temporary file for gnuplot: {}", std::strerror(errno)));
  }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  ~MemoryFile() { close(descriptor_); }

  std::string path() const { return fmt::format("/proc/self/fd/{}", descriptor_); }

  void write(std::string_view text) const {
    for (ssize_t n; !text.empty(); text.remove_prefix(static_cast<std::size_t>(n)))
      if ((n = ::write(descriptor_, text.data(), text.size())) <= 0)
        throw IoError(fmt::format("cannot hand the figure to gnuplot: {}", std::strerror(errno)));
  }

  std::string read() const {
    std::string text;
    std::array<char, 1 << 16> buffer;
    lseek(descriptor_, 0, SEEK_SET);
    for (ssize_t n; (n = ::read(descriptor_, buffer.data(), buffer.size())) > 0;)
      text.append(buffer.data(), static_cast<std::size_t>(n));
    return text;
  }

 private:
  int descriptor_;
};

/// The error among gnuplot's messages: "…line 12: what went wrong" if there is one, else the last line.
std::string first_error(const std::string& messages) {
  std::istringstream lines(messages);
  std::string last;
  for (std::string line; std::getline(lines, line);) {
    const std::size_t start = line.find_first_not_of(" \t^");
    if (start == std::string::npos) continue;
    line.erase(0, start);
    if (line.starts_with("line ") && line.find(": ") != std::string::npos) return line.substr(line.find(": ") + 2);
    last = line;
  }
  return last;
}

/// The image that gnuplot makes of a program; IoError with the reason, and the name of the figure, when it does not.
std::string run_gnuplot(const std::string& program, const fs::path& figure) {
  const MemoryFile input, output, messages;
  input.write(program);
  const int status = std::system(
      fmt::format("exec gnuplot --default-settings - < {} > {} 2> {}", input.path(), output.path(), messages.path())
          .c_str());
  const auto fail = [&](const std::string& why) {
    return IoError(fmt::format("cannot draw '{}': {}", figure.string(), why));
  };
  if (WIFSIGNALED(status)) throw fail(fmt::format("gnuplot was killed by signal {}", WTERMSIG(status)));
  const int code = WEXITSTATUS(status);
  if (code == 127) throw fail("gnuplot is not installed (Debian package gnuplot-nox)");
  if (code != 0) {
    const std::string error = first_error(messages.read());
    throw fail(fmt::format("gnuplot failed: {}", error.empty() ? fmt::format("exit code {}", code) : error));
  }
  return output.read();
}

/// gnuplot takes a single family; a viewer without DejaVu Sans should fall back to one of its width, not to a serif.
void name_fallback_fonts(std::string& svg) {
  const std::string from = "font-family=\"DejaVu Sans\"", to = "font-family=\"DejaVu Sans, Verdana, sans-serif\"";
  for (std::size_t at = 0; (at = svg.find(from, at)) != std::string::npos; at += to.size())
    svg.replace(at, from.size(), to);
}

}  // namespace

Format format_of(const fs::path& path) {
  std::string extension = path.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  if (extension == ".png") return Format::png;
  if (extension == ".svg") return Format::svg;
  if (extension == ".pdf") return Format::pdf;
  throw StudyError(
      fmt::format("cannot tell the kind of figure from '{}': the name must end in .png, .svg or .pdf", path.string()));
}

void save_figure(const Figure& figure, const fs::path& path) {
  const Format format = format_of(path);
  std::string image = run_gnuplot(gnuplot_script(figure, format), path);
  const std::string_view mark = format == Format::png ? "IEND" : format == Format::pdf ? "%%EOF" : "</svg>";
  if (image.find(mark, image.size() - std::min<std::size_t>(image.size(), 64)) == std::string::npos)
    throw IoError(fmt::format("cannot draw '{}': gnuplot left it incomplete", path.string()));
  if (format == Format::svg) name_fallback_fonts(image);
  write_file(path, std::as_bytes(std::span(image)));
}

}  // namespace muonphase::figures
