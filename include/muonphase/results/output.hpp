#pragma once
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "muonphase/files/hdf5.hpp"
#include "muonphase/results/journal.hpp"
#include "muonphase/study/study.hpp"

namespace muonphase {

class OutputLock;

/// What the user wants done about files of an earlier run.
enum class Existing { refuse, overwrite, resume };

/// Opens a result of muonphase. IoError when it cannot be read, StudyError when it is another's HDF5 file.
Hdf5Reader open_result(const std::filesystem::path& path);

/// StudyError when a command would write into what it reads. An input may name a part, "FILE:part".
void require_other_file(const std::filesystem::path& output, const std::vector<std::string>& inputs);

/// The file a command writes, OUT, never seen half written. OUT.partial beside it is what an unfinished run has done: a
/// journal of finished pieces of work, or the last checkpoint, or nothing yet. It is locked while the run goes on, so
/// that no other writes the same file.
class Output {
 public:
  /// To be made before computing, as it tells at once what would go wrong at the end. IoError: `path` is a directory or
  /// cannot be written, another run is at work on it, or it or its partial file is there and `existing` is refuse.
  /// StudyError: the file to resume is of another kind or study, whose first difference is named.
  Output(std::filesystem::path path, Existing existing, const std::string& kind, const Study& study);
  /// Lets another run have the file. What is finished stays in OUT.partial.
  ~Output();
  Output(Output&&) noexcept;

  /// The result is there and of this study: nothing is left to do.
  bool complete() const { return complete_; }
  /// The checkpoint to continue from, if any.
  std::optional<Hdf5Reader> checkpoint() const;

  /// OUT.partial as a journal: that of the run to continue, or a new one.
  Journal journal() const;

  /// Replaces OUT.partial by what is finished.
  void save_checkpoint(const DataTree& tree) const;
  /// Leaves nothing in OUT.partial of what this run has done, unless it continues another: of a study that turned out
  /// to be refused, which nobody can finish.
  void discard() const;
  /// Writes OUT; OUT.partial is gone, and this has done its work.
  void commit(const DataTree& tree);

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path partial() const { return path_.string() + ".partial"; }

 private:
  void continue_from_partial(const Study& study);

  std::filesystem::path path_;
  std::string kind_, study_;
  std::unique_ptr<OutputLock> lock_;  // until the result is complete
  bool complete_ = false;
  bool resume_ = false;
  bool fresh_ = false;  // nothing was there to continue
};

}  // namespace muonphase
