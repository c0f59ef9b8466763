#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <filesystem>

#include "muonphase/run/interrupt.hpp"
#include "results/scratch.hpp"

namespace muonphase {
namespace {

// The status of a child that never looks up, 1.5 s after SIGINT at the latest; −1 when a signal ended it.
int status_after_signal(const std::filesystem::path& partial, bool patient) {
  const pid_t child = fork();
  if (child == 0) {
    if (!freopen("/dev/null", "w", stderr)) _exit(99);
    InterruptGuard guard(partial);
    if (patient) guard.be_patient();
    raise(SIGINT);
    const auto begin = std::chrono::steady_clock::now();
    while (std::chrono::steady_clock::now() - begin < std::chrono::milliseconds(1500)) continue;
    _exit(InterruptGuard::interrupted() ? 7 : 8);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(InterruptGuard, EndsWorkThatDoesNotLookUp) {
  const Scratch scratch;
  scratch.write("empty", "");
  scratch.write("full", "x");
  EXPECT_EQ(status_after_signal(scratch / "empty", false), 130);
  EXPECT_EQ(status_after_signal(scratch / "full", false), 130);
  EXPECT_EQ(status_after_signal(scratch / "none", false), 130);
  EXPECT_EQ(scratch.list(), "full");
}

TEST(InterruptGuard, LetsAResultBeWritten) {
  const Scratch scratch;
  scratch.write("empty", "");
  EXPECT_EQ(status_after_signal(scratch / "empty", true), 7);
  EXPECT_EQ(scratch.list(), "empty");
}

}  // namespace
}  // namespace muonphase
