#pragma once
#include <filesystem>
#include <optional>
#include <string>

#include "muonphase/results/hdf5.hpp"
#include "muonphase/results/journal.hpp"
#include "muonphase/study/study.hpp"

namespace muonphase {

/// What the user wants done about files of an earlier run.
enum class Existing { refuse, overwrite, resume };

/// How a result came about: the root attributes of its file.
struct Provenance {
  std::string kind;  ///< "phase" | "ode" | "simulate" | "validate" | "coefficients" | "imbalance"
  std::string command_line;
  int ranks = 1;
  int threads = 1;
};

/// A file with the root attributes every result has: muonphase_version, kind, study (all keys, as TOML), command_line,
/// created (ISO 8601, UTC, now), git_commit, seed, ranks, threads.
Hdf5Writer begin_result(const Study& study, const Provenance& provenance);

/// Opens a result of muonphase. IoError when it cannot be read, StudyError when it is another's HDF5 file.
Hdf5Reader open_result(const std::filesystem::path& path);

/// The file a command writes, OUT, never seen half written. OUT.partial beside it is what an unfinished run has done: a
/// journal of finished pieces of work, or the last checkpoint.
class Output {
 public:
  /// To be made before computing, as it tells at once what would go wrong at the end. IoError: `path` is a directory or
  /// cannot be written, or it or its partial file is there and `existing` is refuse. StudyError: the file to resume is
  /// of another kind or study, whose first difference is named.
  Output(std::filesystem::path path, Existing existing, const std::string& kind, const Study& study);

  /// The result is there and of this study: nothing is left to do.
  bool complete() const { return complete_; }
  /// The checkpoint to continue from, if any.
  std::optional<Hdf5Reader> checkpoint() const;

  /// OUT.partial as a journal: that of the run to continue, or a new one.
  Journal journal() const;

  /// Replaces OUT.partial by what is finished.
  void save_checkpoint(const Hdf5Writer& file) const;
  /// Writes OUT; OUT.partial is gone.
  void commit(const Hdf5Writer& file) const;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path partial() const { return path_.string() + ".partial"; }

 private:
  std::filesystem::path path_;
  std::string kind_, study_;
  bool complete_ = false;
  bool resume_ = false;
};

}  // namespace muonphase
