#include "muonphase/results/output.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace muonphase {

namespace fs = std::filesystem;

namespace {

// The one sure way to know whether a file can be made is to make one.
void require_writable(const fs::path& partial) {
  const std::string probe = partial.string() + ".tmp";
  const int file = ::open(probe.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
  if (file < 0) throw IoError(fmt::format("{}: cannot be written: {}", partial.string(), std::strerror(errno)));
  ::close(file);
  ::unlink(probe.c_str());
}

// Refuses to go on from what is of another kind or study.
void require_same(const std::string& name, const std::string& before_kind, const std::string& before_study,
                  const std::string& kind, const Study& study) {
  if (before_kind != kind)
    throw StudyError(fmt::format("{}: cannot be resumed: it is a result of {}, not of {}", name, before_kind, kind));
  if (const auto difference = first_difference(parse_stored_study(before_study, name + ":study"), study))
    throw StudyError(fmt::format("{}: cannot be resumed: it is of another study: {}", name, *difference));
}

void require_same(const Hdf5Reader& before, const std::string& kind, const Study& study) {
  require_same(before.path().string(), before.text_attribute("/", "kind"), before.text_attribute("/", "study"), kind,
               study);
}

}  // namespace

Hdf5Reader open_result(const fs::path& path) {
  Hdf5Reader file(path);
  if (!file.has_attribute("/", "muonphase_version") || !file.has_attribute("/", "kind"))
    throw StudyError(path.string() + ": is an HDF5 file, but not a result of muonphase");
  return file;
}

Output::Output(fs::path path, Existing existing, const std::string& kind, const Study& study)
    : path_(std::move(path)), kind_(kind), study_(to_toml(study)), resume_(existing == Existing::resume) {
  if (path_.filename().empty()) throw IoError(path_.string() + ": cannot be written: it is not the name of a file");
  std::error_code error;
  const auto status = fs::status(path_, error);
  if (fs::is_directory(status)) throw IoError(path_.string() + ": cannot be written: it is a directory");
  if (fs::exists(status) && !fs::is_regular_file(status))
    throw IoError(path_.string() + ": cannot be written: it is not a regular file");
  if (fs::exists(status) && existing == Existing::refuse)
    throw IoError(path_.string() + ": is there already (--force overwrites it, --resume completes it)");
  if (fs::exists(partial()) && existing == Existing::refuse)
    throw IoError(partial().string() + ": an unfinished run is there (--resume continues it, --force starts afresh)");
  require_writable(partial());
  if (!resume_) return;
  complete_ = fs::exists(status);
  if (complete_) {
    require_same(open_result(path_), kind, study);
  } else if (fs::exists(partial())) {
    if (const auto journal = Journal::open(partial())) {
      require_same(partial().string(), journal->kind(), journal->study(), kind, study);
      return;
    }
    const Hdf5Reader before = open_result(partial());
    require_same(before, kind, study);
    if (before.has("/checkpoint")) return;
    fs::rename(partial(), path_);  // killed on its last step
    complete_ = true;
  }
}

std::optional<Hdf5Reader> Output::checkpoint() const {
  if (!resume_ || complete_ || !fs::exists(partial())) return std::nullopt;
  return open_result(partial());
}

void Output::save_checkpoint(const DataTree& tree) const {
  write_file(partial(), hdf5_image(tree));
}

Journal Output::journal() const {
  if (resume_ && fs::exists(partial()))
    if (auto journal = Journal::open(partial())) return std::move(*journal);
  return Journal::create(partial(), kind_, study_);
}

void Output::commit(const DataTree& tree) const {
  save_checkpoint(tree);
  std::error_code error;
  fs::rename(partial(), path_, error);
  if (error) throw IoError(fmt::format("{}: cannot be written: {}", path_.string(), error.message()));
}

}  // namespace muonphase
