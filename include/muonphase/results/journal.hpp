#pragma once
#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace muonphase {

/// A file of finished pieces of work, each a list of numbers, which only ever grows. It may be cut off at any byte, by
/// a kill or a full disk: what was appended before is found again, and a torn end is dropped. Damage costs the records
/// it is in.
///
///     Journal journal = Journal::create("phase.h5.partial", "phase", to_toml(study));
///     journal.append(std::vector{0.1, 0.2, 3.0});
///
/// The numbers are kept bit for bit; the file belongs to machines of one byte order.
class Journal {
 public:
  /// The file of an empty journal of `kind` ("phase").
  static std::string beginning(const std::string& kind, const std::string& study);
  /// An empty journal, in place of whatever is there. IoError when it cannot be written.
  static Journal create(const std::filesystem::path& path, const std::string& kind, const std::string& study);
  /// Opens a journal to read what it holds and append more, for one run at a time; nothing when the file is no journal.
  /// IoError when it cannot be read or written, its study is damaged, or another process has it open.
  static std::optional<Journal> open(const std::filesystem::path& path);

  ~Journal();
  Journal(Journal&& other) noexcept;
  Journal& operator=(Journal&&) = delete;

  const std::string& kind() const { return kind_; }
  const std::string& study() const { return study_; }
  /// What was found when it was opened.
  const std::vector<std::vector<double>>& records() const { return records_; }
  /// Damaged bytes between them.
  std::size_t lost() const { return lost_; }

  /// Safe from a kill of the process when it returns; about once a second all of it is made safe from a crash of the
  /// machine. IoError with the system's reason; what was appended before stays.
  void append(std::span<const double> record);

 private:
  Journal() = default;

  std::filesystem::path path_;
  std::string kind_, study_;
  std::vector<std::vector<double>> records_;
  std::size_t lost_ = 0;
  int file_ = -1;
  double synced_ = 0;  // when, in seconds
};

}  // namespace muonphase
