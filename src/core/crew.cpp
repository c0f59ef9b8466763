#include "muonphase/core/crew.hpp"

#include <omp.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <exception>
#include <map>
#include <mutex>
#include <thread>

namespace muonphase {
namespace {

// Messages. To rank 0: {request, task or none, result …}, which also asks for another task in the name of that request.
// From rank 0: {request, task or none, input …}; none lets the rank go.
constexpr double none = -1;
constexpr std::size_t header = 2;

using Worker = std::pair<int, int>;  // rank, and the thread of rank 0 or the request of another

// Between two looks for messages: longer the longer none comes, as waking takes time from the core's own task, and
// other ranks have a task in hand meanwhile.
class Pause {
 public:
  void wait() {
    std::this_thread::sleep_for(next_);
    next_ = std::min(2 * next_, longest);
  }
  void reset() { next_ = shortest; }

 private:
  static constexpr std::chrono::microseconds shortest{1000}, longest{2000};
  std::chrono::microseconds next_ = shortest;
};

Message with_header(double request, double task, const Message& content) {
  Message message = {request, task};
  message.insert(message.end(), content.begin(), content.end());
  return message;
}

Message content_of(const Message& message) {
  return {message.begin() + header, message.end()};
}

int threads_of(int threads) {
  return threads > 0 ? threads : omp_get_max_threads();
}

// Keeps the first failure; exceptions may not leave a parallel region.
class Failure {
 public:
  template <class Work>
  void guard(Work work) {
    try {
      work();
    } catch (...) {
      const std::scoped_lock lock(mutex_);
      if (!failure_) failure_ = std::current_exception();
      any_ = true;
    }
  }
  bool any() const { return any_; }
  void rethrow() const {
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  std::mutex mutex_;
  std::exception_ptr failure_;
  std::atomic<bool> any_ = false;
};

}  // namespace

struct Crew::Impl {
  // Which task comes next for whom.
  class Queue {
   public:
    explicit Queue(const std::vector<std::size_t>& group) {
      for (std::size_t task = 0; task < group.size(); ++task) groups_[group[task]].tasks.push_back(task);
    }

    // Of the group the worker is at, else of one nobody is at, else of the one with most tasks left.
    std::optional<std::size_t> next(const Worker& worker) {
      const auto place = place_.find(worker);
      auto group = place == place_.end() ? groups_.end() : groups_.find(place->second);
      if (group == groups_.end()) group = another();
      if (group == groups_.end()) return std::nullopt;
      place_[worker] = group->first;
      group->second.taken = true;
      const std::size_t task = group->second.tasks.front();
      group->second.tasks.pop_front();
      if (group->second.tasks.empty()) groups_.erase(group);  // or finding another takes time in proportion to the past
      return task;
    }

   private:
    struct Group {
      std::deque<std::size_t> tasks;
      bool taken = false;
    };

    std::map<std::size_t, Group>::iterator another() {
      auto best = groups_.end();
      for (auto group = groups_.begin(); group != groups_.end(); ++group) {
        if (!group->second.taken) return group;
        if (best == groups_.end() || group->second.tasks.size() > best->second.tasks.size()) best = group;
      }
      return best;
    }

    std::map<std::size_t, Group> groups_;
    std::map<Worker, std::size_t> place_;
  };

  Ranks ranks;
  int threads;
  std::vector<Worker> idle;  // requests of other ranks without a task yet

  // A round of tasks.
  const TaskList* tasks = nullptr;
  const Monitor* monitor = nullptr;
  std::mutex mutex;  // of the queue and the two functions of the tasks
  std::optional<Queue> queue;
  std::size_t finished = 0;

  void finish(std::size_t task, const Message& result) {
    tasks->finish(task, result);
    monitor->report(++finished, tasks->group.size());
  }

  // One thread of this process.
  void work(int thread, const Failure& failure) {
    while (!failure.any()) {
      monitor->check();
      std::size_t task = 0;
      Message input;
      {
        const std::scoped_lock lock(mutex);
        const auto next = queue->next({0, thread});
        if (!next) return;
        task = *next;
        input = tasks->input(task);
      }
      const Message result = tasks->function(input);
      const std::scoped_lock lock(mutex);
      finish(task, result);
    }
  }

  // The other ranks: hears their results and gives them tasks, until all tasks are finished.
  void serve(const Failure& failure) {
    Pause pause;
    while (!failure.any()) {
      monitor->check();
      const auto received = ranks.poll();
      if (answer(received)) return;
      if (received)
        pause.reset();
      else
        pause.wait();
    }
  }

  // Takes in what a rank sent and gives tasks to those without; whether all are finished.
  bool answer(const std::optional<std::pair<int, Message>>& received) {
    const std::scoped_lock lock(mutex);
    if (received) {
      const auto& [rank, message] = *received;
      idle.emplace_back(rank, static_cast<int>(message[0]));
      if (message[1] != none) finish(static_cast<std::size_t>(message[1]), content_of(message));
    }
    while (!idle.empty()) {
      const auto next = queue->next(idle.back());
      if (!next) break;
      const auto [rank, request] = idle.back();
      idle.pop_back();
      ranks.send(rank, with_header(request, static_cast<double>(*next), tasks->input(*next)));
    }
    return finished == tasks->group.size();
  }
};

Crew::Crew(Ranks ranks, int threads) : impl_(std::make_unique<Impl>()) {
  impl_->ranks = std::move(ranks);
  impl_->threads = threads_of(threads);
}

Crew::~Crew() {
  for (int rank = 1; rank < impl_->ranks.count; ++rank) impl_->ranks.send(rank, {none, none});
}

int Crew::ranks() const {
  return impl_->ranks.count;
}

int Crew::threads() const {
  return impl_->threads;
}

void Crew::run(const TaskList& tasks, const Monitor& monitor) {
  Impl& impl = *impl_;
  impl.tasks = &tasks;
  impl.monitor = &monitor;
  impl.queue.emplace(tasks.group);
  impl.finished = 0;
  monitor.check();
  Failure failure;
  const int serving = impl.ranks.count > 1 ? 1 : 0;
  const int workers = static_cast<int>(std::min(static_cast<std::size_t>(impl.threads), tasks.group.size()));
  if (workers + serving <= 1) {
    // No parallel region around a task that works alone: OpenMP makes the threads of nested regions anew each time.
    failure.guard([&] { impl.work(0, failure); });
    failure.rethrow();
    return;
  }
#pragma omp parallel num_threads(workers + serving)
  failure.guard([&] {
    const int thread = omp_get_thread_num() - serving;
    if (thread < 0)
      impl.serve(failure);
    else
      impl.work(thread, failure);
  });
  failure.rethrow();
}

void assist(const Ranks& ranks, int threads, const TaskFunction& function, const Monitor& monitor) {
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<Message> inputs, results;  // with their headers
  bool over = false;
  Failure failure;
  const int workers = threads_of(threads);

  const auto work = [&] {
    while (true) {
      Message input;
      {
        std::unique_lock lock(mutex);
        changed.wait(lock, [&] { return over || !inputs.empty(); });
        if (over) return;
        input = std::move(inputs.front());
        inputs.pop_front();
      }
      Message result = with_header(input[0], input[1], function(content_of(input)));
      const std::scoped_lock lock(mutex);
      results.push_back(std::move(result));
    }
  };
  const auto communicate = [&] {
    // Twice, so that the next task is here when one is finished.
    for (int request = 0; request < 2 * workers; ++request) ranks.send(0, {static_cast<double>(request), none});
    Pause pause;
    while (!failure.any()) {
      monitor.check();
      std::deque<Message> ready;
      {
        const std::scoped_lock lock(mutex);
        ready.swap(results);
      }
      for (const auto& result : ready) ranks.send(0, result);
      const auto received = ranks.poll();
      if (received && received->second[1] == none) return;
      if (received) {
        const std::scoped_lock lock(mutex);
        inputs.push_back(received->second);
        changed.notify_one();
      }
      if (received || !ready.empty())
        pause.reset();
      else
        pause.wait();
    }
  };
#pragma omp parallel num_threads(workers + 1)
  {
    if (omp_get_thread_num() == 0) {
      failure.guard(communicate);
      const std::scoped_lock lock(mutex);
      over = true;
      changed.notify_all();
    } else {
      failure.guard(work);
    }
  }
  failure.rethrow();
}

}  // namespace muonphase
