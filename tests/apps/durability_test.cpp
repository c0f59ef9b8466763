// What is left of a run that was killed, and what --resume makes of it, through the command.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <random>
#include <set>
#include <thread>

#include "muonphase/results/journal.hpp"
#include "muonphase/results/output.hpp"
#include "results/scratch.hpp"

namespace muonphase {
namespace {

// A cell in the journal, about: a frame, its request, the risk at the start, and four lists over the horizons.
constexpr std::uintmax_t record_size = 16 + 8 * (1 + 6 + 24 + 1 + 4 * (1 + 24));

const std::vector<std::string> map_keys = {"phase.alpha.count=6",     "phase.beta.count=8",
                                           "phase.horizons.count=24", "phase.horizons.max=1e6",
                                           "phase.dimension=3000",    "phase.batch_ratio=[0.1,1]"};

class Durability : public testing::Test {
 protected:
  std::vector<std::string> phase(const std::string& out, const std::vector<std::string>& more = {}) const {
    std::vector<std::string> arguments = {MUONPHASE_CLI,           "phase", "-q", "--threads", "1", "-o",
                                          (scratch / out).string()};
    for (const auto& key : map_keys) arguments.insert(arguments.end(), {"--set", key});
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }

  pid_t start(std::vector<std::string> arguments) const {
    const pid_t child = fork();
    if (child != 0) return child;
    if (!freopen((scratch / "err").c_str(), "w", stderr)) _exit(99);
    std::vector<char*> pointers;
    for (auto& argument : arguments) pointers.push_back(argument.data());
    pointers.push_back(nullptr);
    execvp(pointers[0], pointers.data());
    _exit(99);
  }

  int finish(pid_t child) const {
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  int run(const std::vector<std::string>& arguments) const { return finish(start(arguments)); }

  void wait_for_size(const std::string& file, std::uintmax_t size) const {
    std::error_code none;
    for (int i = 0; i < 20000; ++i) {
      const std::uintmax_t now = std::filesystem::file_size(scratch / file, none);
      if (!none && now >= size) return;
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    ADD_FAILURE() << file << " does not grow";
  }

  // Every number of the results is the same.
  void expect_equal(const std::string& a, const std::string& b,
                    const std::vector<std::string>& groups = {"/", "/signsvd", "/signsgd"}) const {
    const Hdf5Reader one = open_result(scratch / a), two = open_result(scratch / b);
    for (const auto& group : groups) {
      ASSERT_EQ(one.datasets(group), two.datasets(group));
      for (const auto& name : one.datasets(group)) {
        const std::string path = group == "/" ? "/" + name : group + "/" + name;
        const NumericArray x = one.numbers(path), y = two.numbers(path);
        ASSERT_EQ(x.shape, y.shape);
        for (std::size_t i = 0; i < x.values.size(); ++i)
          EXPECT_TRUE(x.values[i] == y.values[i] || (x.values[i] != x.values[i] && y.values[i] != y.values[i])) << path;
      }
    }
  }

  Scratch scratch;
};

TEST_F(Durability, SixKillsAndAResumeGiveTheSameData) {
  ASSERT_EQ(run(phase("whole.h5")), 0);
  Journal::create(scratch / "empty", "phase", to_toml(default_study(map_keys)));
  const std::uintmax_t head = std::filesystem::file_size(scratch / "empty");
  std::minstd_rand random(7);
  std::uintmax_t size = head;
  for (int kills = 0; kills < 6; ++kills) {
    const pid_t child = start(phase("killed.h5", {"--resume"}));
    wait_for_size("killed.h5.partial", size + (2 + random() % 6) * record_size);
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 20000));
    kill(child, SIGKILL);
    EXPECT_EQ(finish(child), -1);
    const std::uintmax_t now = std::filesystem::file_size(scratch / "killed.h5.partial");
    EXPECT_GT(now, size);
    size = now;
  }
  // 96 cells in all, of which the six runs did 12 at least, and none of them twice.
  std::set<std::vector<double>> places;
  {
    const auto journal = Journal::open(scratch / "killed.h5.partial");
    ASSERT_GE(journal->records().size(), 12u);
    for (const auto& record : journal->records()) places.emplace(record.begin(), record.begin() + 3);
    EXPECT_EQ(places.size(), journal->records().size());
    EXPECT_EQ(places.size(), (size - head) / (16 + 8 * journal->records()[0].size()));
  }
  EXPECT_FALSE(std::filesystem::exists(scratch / "killed.h5"));
  ASSERT_EQ(run(phase("killed.h5", {"--resume"})), 0) << scratch.read("err");
  expect_equal("whole.h5", "killed.h5");
  EXPECT_FALSE(std::filesystem::exists(scratch / "killed.h5.partial"));
}

TEST_F(Durability, AnotherStudyIsRefusedAtItsFirstDifference) {
  Journal::create(scratch / "a.h5.partial", "phase", to_toml(default_study(map_keys)));
  EXPECT_EQ(run(phase("a.h5")), 4);  // neither --resume nor --force
  EXPECT_EQ(run(phase("a.h5", {"--resume", "--set", "phase.threshold=1.5"})), 2);
  EXPECT_NE(scratch.read("err").find("cannot be resumed: it is of another study: phase.threshold: 1.25, now 1.5"),
            std::string::npos)
      << scratch.read("err");
  EXPECT_EQ(run(phase("a.h5", {"--resume"})), 0);
  EXPECT_EQ(run(phase("a.h5", {"--resume"})), 0);  // complete
}

TEST_F(Durability, AFullDiskCanBeResumedAfterwards) {
  const std::string command = [&] {
    std::string line;
    for (const auto& argument : phase("a.h5")) line += "'" + argument + "' ";
    return line;
  }();
  const int status = std::system(("ulimit -f 60; " + command + " 2>" + (scratch / "err").string()).c_str());
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 4);
  EXPECT_NE(scratch.read("err").find("a.h5.partial: cannot be written: File too large"), std::string::npos)
      << scratch.read("err");
  const std::size_t kept = Journal::open(scratch / "a.h5.partial")->records().size();
  EXPECT_GT(kept, 3u);
  EXPECT_LT(kept, 96u);
  ASSERT_EQ(run(phase("a.h5", {"--resume"})), 0);
  ASSERT_EQ(run(phase("whole.h5")), 0);
  expect_equal("whole.h5", "a.h5");
}

#ifdef MUONPHASE_MPIRUN

class Ranks : public Durability {
 protected:
  Ranks() {
    for (const char* name :
         {"OMPI_ALLOW_RUN_AS_ROOT", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "OMPI_MCA_rmaps_base_oversubscribe"})
      setenv(name, "1", 1);
  }

  std::vector<std::string> with_ranks(int count, const std::vector<std::string>& arguments) const {
    // MPI libraries leak at the end of a process: a sanitizer's leaks are looked for in the other tests.
    std::vector<std::string> all = {"env", "ASAN_OPTIONS=detect_leaks=0", MUONPHASE_MPIRUN, "-n",
                                    std::to_string(count)};
    all.insert(all.end(), arguments.begin(), arguments.end());
    return all;
  }

  double ranks_of(const std::string& file) const { return open_result(scratch / file).number_attribute("/", "ranks"); }

  // The process of rank 1 below mpirun, 0 when it is not there yet.
  static pid_t second_rank(pid_t mpirun) {
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
      const pid_t pid = std::atoi(entry.path().filename().c_str());
      if (pid == 0) continue;
      std::ifstream stat(entry.path() / "stat"), environment(entry.path() / "environ");
      std::string number, name, state, parent;
      stat >> number >> name >> state >> parent;
      const std::string variables{std::istreambuf_iterator<char>(environment), {}};
      if (parent == std::to_string(mpirun) && variables.find("OMPI_COMM_WORLD_RANK=1") != std::string::npos) return pid;
    }
    return 0;
  }
};

TEST_F(Ranks, AnyNumberGivesTheSameMap) {
  ASSERT_EQ(run(phase("1.h5")), 0);
  for (const int count : {1, 2, 3}) {
    const std::string name = "ranks" + std::to_string(count) + ".h5";
    ASSERT_EQ(run(with_ranks(count, phase(name))), 0) << scratch.read("err");
    expect_equal("1.h5", name);
    EXPECT_EQ(ranks_of(name), count);
  }
}

// What `phase` computes besides the map is shared out and kept as the map's cells are.
TEST_F(Ranks, StudiesBesideTheMapAreSharedOutToo) {
  const auto studies = [&](const std::string& out) {
    std::vector<std::string> sets;
    for (const std::string key :
         {"phase.batch_ratio=1", "phase.alpha.min=1.2", "phase.alpha.count=2", "phase.beta.count=2",
          "phase.horizons.count=4", "phase.yardstick=true", "phase.refine=1", "phase.scaling.enabled=true",
          "phase.scaling.dimension.max=1e6", "phase.scaling.dimension.count=3", "phase.scaling.tau.count=2",
          "phase.compute.enabled=true", "phase.compute.dimension.max=1e4", "phase.compute.dimension.count=4"})
      sets.insert(sets.end(), {"--set", key});
    return phase(out, sets);
  };
  const std::vector<std::string> groups = {"/",
                                           "/signsvd",
                                           "/signsgd",
                                           "/refined",
                                           "/scaling",
                                           "/yardstick/signsvd",
                                           "/yardstick/signsgd",
                                           "/compute_optimal/signsvd",
                                           "/compute_optimal/signsgd"};
  ASSERT_EQ(run(studies("1.h5")), 0) << scratch.read("err");
  ASSERT_EQ(run(with_ranks(2, studies("2.h5"))), 0) << scratch.read("err");
  expect_equal("1.h5", "2.h5", groups);
  const pid_t child = start(studies("3.h5"));
  wait_for_size("3.h5.partial", 20 * record_size);
  kill(child, SIGKILL);
  EXPECT_EQ(finish(child), -1);
  std::vector<std::string> resumed = studies("3.h5");
  resumed.push_back("--resume");
  ASSERT_EQ(run(resumed), 0) << scratch.read("err");
  expect_equal("1.h5", "3.h5", groups);
}

TEST_F(Ranks, AnyNumberGivesTheSameTrials) {
  scratch.write("study.toml",
                "[problem]\nn_in = 20\nn_out = 12\nbatch = 8\n[run]\nsteps = 300\nrecord = 10\n"
                "[run.learning_rate]\nsignsvd = 0.01\nsignsgd = 0.001\n[simulate]\ntrials = 5\n");
  const auto simulate = [&](const std::string& out) {
    return std::vector<std::string>{MUONPHASE_CLI, "simulate", (scratch / "study.toml").string(), "-q", "--threads",
                                    "1",           "-o",       (scratch / out).string()};
  };
  ASSERT_EQ(run(simulate("1.h5")), 0);
  for (const int count : {2, 3}) {
    const std::string name = "ranks" + std::to_string(count) + ".h5";
    ASSERT_EQ(run(with_ranks(count, simulate(name))), 0) << scratch.read("err");
    expect_equal("1.h5", name);
    EXPECT_EQ(ranks_of(name), count);
  }
}

TEST_F(Ranks, ALostRankLeavesAResumableFile) {
  ASSERT_EQ(run(phase("whole.h5")), 0);
  const pid_t mpirun = start(with_ranks(2, phase("lost.h5")));
  wait_for_size("lost.h5.partial", 30 * record_size);
  const pid_t second = second_rank(mpirun);
  ASSERT_GT(second, 0);
  kill(second, SIGKILL);
  EXPECT_NE(finish(mpirun), 0);
  const std::string said = scratch.read("err");
  EXPECT_NE(said.find("one was lost"), std::string::npos) << said;
  EXPECT_NE(said.find("--resume goes on"), std::string::npos) << said;
  EXPECT_FALSE(std::filesystem::exists(scratch / "lost.h5"));
  EXPECT_GE(Journal::open(scratch / "lost.h5.partial")->records().size(), 10u);
  ASSERT_EQ(run(phase("lost.h5", {"--resume"})), 0) << scratch.read("err");
  expect_equal("whole.h5", "lost.h5");
}

// Each refusal is that of one rank, and ends all of them.
TEST_F(Ranks, RefusalsEndAllRanks) {
  EXPECT_EQ(run(with_ranks(2, phase("a.h5", {"--set", "phase.threshold=0.5"}))), 2);
  const std::string said = scratch.read("err");
  EXPECT_NE(said.find("phase.threshold"), std::string::npos) << said;
  EXPECT_EQ(said.find("phase.threshold"), said.rfind("phase.threshold")) << said;
  ASSERT_EQ(run(phase("a.h5")), 0);
  EXPECT_EQ(run(with_ranks(2, phase("a.h5"))), 4);
  EXPECT_EQ(run(with_ranks(2, phase("a.h5", {"--resume"}))), 0);  // complete
}

#endif

TEST_F(Durability, KilledOnItsLastStepItIsComplete) {
  ASSERT_EQ(run(phase("a.h5")), 0);
  const std::string whole = scratch.read("a.h5");
  std::filesystem::rename(scratch / "a.h5", scratch / "a.h5.partial");
  ASSERT_EQ(run(phase("a.h5", {"--resume"})), 0);
  EXPECT_EQ(scratch.read("a.h5"), whole);
}

}  // namespace
}  // namespace muonphase
