#include "muonphase/core/crew.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <deque>
#include <memory>
#include <mutex>
#include <numeric>
#include <set>
#include <stdexcept>
#include <thread>

#include "muonphase/core/error.hpp"

namespace muonphase {
namespace {

// Ranks in one process that send each other messages through mailboxes.
class Mail {
 public:
  explicit Mail(int count) : boxes_(static_cast<std::size_t>(count)) {}

  Ranks ranks(int rank) {
    return {.rank = rank,
            .count = static_cast<int>(boxes_.size()),
            .send =
                [this, rank](int to, const Message& message) {
                  const std::scoped_lock lock(mutex_);
                  boxes_.at(static_cast<std::size_t>(to)).emplace_back(rank, message);
                },
            .poll = [this, rank]() -> std::optional<std::pair<int, Message>> {
              const std::scoped_lock lock(mutex_);
              auto& box = boxes_.at(static_cast<std::size_t>(rank));
              if (box.empty()) return std::nullopt;
              auto first = std::move(box.front());
              box.pop_front();
              return first;
            }};
  }

 private:
  std::mutex mutex_;
  std::vector<std::deque<std::pair<int, Message>>> boxes_;
};

Message square(const Message& input) {
  std::this_thread::sleep_for(std::chrono::milliseconds(1));
  return {input.at(0) * input.at(0)};
}

TaskList squares(std::size_t count, std::vector<double>& results) {
  results.assign(count, 0);
  TaskList tasks{.function = square, .group = std::vector<std::size_t>(count), .input = {}, .finish = {}};
  std::iota(tasks.group.begin(), tasks.group.end(), 0);
  tasks.input = [](std::size_t task) { return Message{static_cast<double>(task)}; };
  tasks.finish = [&](std::size_t task, const Message& result) { results[task] += result.at(0); };
  return tasks;
}

TEST(Crew, EveryTaskIsDoneOnceWhateverTheRanksAndThreads) {
  for (const int count : {1, 2, 3})
    for (const int threads : {1, 2}) {
      Mail mail(count);
      std::vector<std::thread> others;
      std::atomic<int> elsewhere = 0;
      for (int rank = 1; rank < count; ++rank)
        others.emplace_back([&, rank] {
          const auto function = [&](const Message& m) {
            ++elsewhere;
            return square(m);
          };
          assist(mail.ranks(rank), threads, function, {});
        });
      {
        Crew crew(mail.ranks(0), threads);
        for (int round = 0; round < 2; ++round) {  // the others wait between rounds
          std::vector<double> results;
          crew.run(squares(40, results), {});
          for (std::size_t i = 0; i < 40; ++i) EXPECT_EQ(results[i], static_cast<double>(i * i));
        }
        std::vector<double> none;
        crew.run(squares(0, none), {});
      }
      for (auto& other : others) other.join();
      if (count == 1)
        EXPECT_EQ(elsewhere, 0);
      else
        EXPECT_GT(elsewhere, 0);
    }
}

// Two workers and four groups: each starts at a group of its own and stays there; none is idle at the end.
TEST(Crew, AGroupStaysWithOneWorkerWhileThereIsOtherWork) {
  std::vector<double> results;
  TaskList tasks = squares(40, results);
  for (std::size_t i = 0; i < 40; ++i) tasks.group[i] = i % 4;
  std::mutex mutex;
  std::vector<std::set<std::thread::id>> workers(4);
  tasks.function = [&](const Message& m) {
    {
      const std::scoped_lock lock(mutex);
      workers[static_cast<std::size_t>(m.at(0)) % 4].insert(std::this_thread::get_id());
    }
    return square(m);
  };
  Crew({}, 2).run(tasks, {});
  std::size_t visits = 0;
  for (const auto& group : workers) visits += group.size();
  EXPECT_LE(visits, 5u);  // at most the last group has both
}

TEST(Crew, FailuresAndInterruptsEndTheWork) {
  std::vector<double> results;
  TaskList tasks = squares(1000, results);
  std::atomic<int> done = 0;
  tasks.function = [&](const Message& m) {
    if (m.at(0) == 5) throw NumericalError("five");
    ++done;
    return square(m);
  };
  EXPECT_THROW(Crew({}, 2).run(tasks, {}), NumericalError);
  EXPECT_LT(done, 100);
  tasks = squares(1000, results);
  std::atomic<bool> stop = false;
  tasks.finish = [&](std::size_t task, const Message&) { stop = stop || task == 5; };
  EXPECT_THROW(Crew({}, 2).run(tasks, {.progress = {}, .interrupted = [&] { return stop.load(); }}), Interrupted);
}

TEST(Crew, ProgressCountsFinishedTasks) {
  std::vector<double> results;
  std::size_t last = 0, of = 0;
  Crew({}, 2).run(squares(7, results), {.progress =
                                            [&](std::size_t done, std::size_t total) {
                                              EXPECT_EQ(done, last + 1);
                                              last = done;
                                              of = total;
                                            },
                                        .interrupted = {}});
  EXPECT_EQ(last, 7u);
  EXPECT_EQ(of, 7u);
}

}  // namespace
}  // namespace muonphase
