#include "muonphase/results/journal.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string_view>
#include <utility>

#include "muonphase/files/hdf5.hpp"
#include "results/checksum.hpp"

namespace muonphase {
namespace {

// The file: the magic line; then records of length (8 bytes), checksum (8 bytes) and content. The first content is the
// kind, a zero byte and the study; the others are doubles.
// Cells of version 1 are of half the exponents (results/exponents.hpp).
constexpr std::string_view magic = "muonphase journal 2\n", of_any_version = "muonphase journal ";
constexpr std::size_t prefix = 16;

std::string record_of(std::string_view content) {
  const std::uint64_t numbers[] = {content.size(), checksum(content)};
  std::string record(reinterpret_cast<const char*>(numbers), prefix);
  return record.append(content);
}

// The content of the record at `at`, which moves behind it; nothing when it is torn or damaged.
std::optional<std::string_view> next_record(std::string_view file, std::size_t& at) {
  std::uint64_t numbers[2];
  if (file.size() - at < prefix) return std::nullopt;
  std::memcpy(numbers, file.data() + at, prefix);
  if (file.size() - at - prefix < numbers[0]) return std::nullopt;
  const std::string_view content = file.substr(at + prefix, numbers[0]);
  if (checksum(content) != numbers[1]) return std::nullopt;
  at += prefix + content.size();
  return content;
}

[[noreturn]] void fail(const std::filesystem::path& path, const char* what) {
  throw IoError(fmt::format("{}: cannot be {}: {}", path.string(), what, std::strerror(errno)));
}

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace

std::string Journal::beginning(const std::string& kind, const std::string& study) {
  return std::string(magic) + record_of(kind + '\0' + study);
}

Journal Journal::create(const std::filesystem::path& path, const std::string& kind, const std::string& study) {
  const std::string file = beginning(kind, study);
  write_file(path, std::as_bytes(std::span(file)));
  return std::move(*open(path));
}

std::optional<Journal> Journal::open(const std::filesystem::path& path) {
  Journal journal;
  journal.path_ = path;
  journal.file_ = ::open(path.c_str(), O_RDWR | O_APPEND | O_CLOEXEC);
  std::ifstream stream(path, std::ios::binary);
  if (journal.file_ < 0 || !stream) fail(path, "opened");
  std::string start(magic.size(), ' ');
  stream.read(start.data(), static_cast<std::streamsize>(start.size()));
  if (start != magic && start.starts_with(of_any_version))
    throw StudyError(path.string() + ": an unfinished run of muonphase 0.1, whose exponents are half of today's " +
                     "(--force starts afresh)");
  if (start != magic) return std::nullopt;
  // The lock goes with the process, however it ends.
  if (::flock(journal.file_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
    throw IoError(path.string() + ": another run is at work on it");
  const std::string file = start + std::string{std::istreambuf_iterator<char>(stream), {}};
  std::size_t at = magic.size();
  const auto head = next_record(file, at);
  const auto zero = head ? head->find('\0') : std::string_view::npos;
  if (zero == std::string_view::npos)
    throw IoError(path.string() + ": damaged journal: the study it belongs to cannot be read (--force starts afresh)");

  journal.kind_ = head->substr(0, zero);
  journal.study_ = head->substr(zero + 1);
  std::size_t end = at;  // of the last sound record: what follows was torn off
  for (std::size_t lost = 0; at < file.size();) {
    const auto content = next_record(file, at);
    if (!content) {  // look for the next one
      ++at;
      ++lost;
      continue;
    }
    std::vector<double>& record = journal.records_.emplace_back(content->size() / sizeof(double));
    std::copy_n(content->data(), record.size() * sizeof(double), reinterpret_cast<char*>(record.data()));
    journal.lost_ += std::exchange(lost, 0);
    end = at;
  }
  if (::ftruncate(journal.file_, static_cast<off_t>(end)) != 0) fail(path, "written");
  return journal;
}

Journal::~Journal() {
  if (file_ >= 0) ::close(file_);
}

Journal::Journal(Journal&& other) noexcept
    : path_(std::move(other.path_)),
      kind_(std::move(other.kind_)),
      study_(std::move(other.study_)),
      records_(std::move(other.records_)),
      lost_(other.lost_),
      file_(std::exchange(other.file_, -1)),
      synced_(other.synced_) {}

void Journal::append(std::span<const double> record) {
  const std::string bytes = record_of({reinterpret_cast<const char*>(record.data()), record.size() * sizeof(double)});
  for (std::size_t at = 0; at < bytes.size();) {
    const ssize_t written = ::write(file_, bytes.data() + at, bytes.size() - at);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail(path_, "written");
    at += static_cast<std::size_t>(written);
  }
  if (now() - synced_ < 1) return;
  if (::fdatasync(file_) != 0) fail(path_, "written");
  synced_ = now();
}

}  // namespace muonphase
