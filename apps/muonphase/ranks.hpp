#pragma once
#include <memory>

#include "muonphase/core/crew.hpp"

/// What SIGTERM says to one of several ranks: mpirun sends it to those that are left when one is gone.
inline constexpr const char* ended_ranks =
    "mpirun ended the ranks: one was lost, or mpirun was told to stop; --resume goes on from what is finished";

/// The ranks of this run: the processes that mpirun (or srun) started together, or this one alone. One in a process.
class RankSession {
 public:
  /// StudyError when it was started with others and cannot talk to them, being built without MPI.
  RankSession();
  /// Waits for the others to end.
  ~RankSession();
  RankSession(const RankSession&) = delete;
  RankSession& operator=(const RankSession&) = delete;

  muonphase::Ranks ranks() const;
  /// Ends all ranks with this exit code; does nothing when alone. For failures: others may be waiting for this one.
  void abort(int code) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};
