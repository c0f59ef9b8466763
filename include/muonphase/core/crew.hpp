#pragma once
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "muonphase/core/monitor.hpp"

/// Many tasks on many threads of many processes.
namespace muonphase {

/// What processes send each other, and what a task takes and gives.
using Message = std::vector<double>;

/// The processes of one run ("ranks"), of which rank 0 leads: it hands out the tasks and keeps the results. The
/// functions are needed where there is more than one; each process calls its own from one thread at a time.
struct Ranks {
  int rank = 0;
  int count = 1;
  std::function<void(int to, const Message& message)> send;
  /// The next message with its sender, if one has come.
  std::function<std::optional<std::pair<int, Message>>()> poll;

  bool leads() const { return rank == 0; }
};

/// What a task does, on any thread of any rank: equal on all of them.
using TaskFunction = std::function<Message(const Message& input)>;

/// Numbered tasks.
struct TaskList {
  TaskFunction function;
  std::vector<std::size_t> group;  ///< of each task: tasks of one group share preparations, and go to one worker while
                                   ///< there is other work for the others
  std::function<Message(std::size_t task)> input;                       ///< called by rank 0, one at a time
  std::function<void(std::size_t task, const Message& result)> finish;  ///< on rank 0, in the order of completion
};

/// The threads of all ranks, seen from rank 0. Each worker takes the next task when it has finished one. Results depend
/// on the tasks alone.
///
///     Crew crew(Ranks{}, 2);
///     crew.run({.function = [](const Message& m) { return Message{m[0] * m[0]}; }, .group = {0, 1, 2}, …}, {});
class Crew {
 public:
  /// `threads` of this process take part; 0: as many as OpenMP gives.
  Crew(Ranks ranks, int threads);
  /// Lets the other ranks go.
  ~Crew();
  Crew(const Crew&) = delete;
  Crew& operator=(const Crew&) = delete;

  int ranks() const;
  int threads() const;  ///< of this process

  /// Runs all tasks; the other ranks are in assist() with the same function. What a task or `finish` throws here ends
  /// the work and is thrown again; Interrupted when the monitor asks. May be called again.
  void run(const TaskList& tasks, const Monitor& monitor);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// What the ranks other than 0 do: tasks, until rank 0 lets them go.
void assist(const Ranks& ranks, int threads, const TaskFunction& function, const Monitor& monitor);

}  // namespace muonphase
