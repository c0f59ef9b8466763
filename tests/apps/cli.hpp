#pragma once
// The command as a shell runs it, in a folder of its own.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdlib>
#include <string>

#include "results/scratch.hpp"

namespace muonphase {

struct Ran {
  int code;
  std::string out, err;

  bool one_line() const { return !err.empty() && err.find('\n') == err.size() - 1; }
  bool says(const std::string& text) const { return err.find(text) != std::string::npos; }
};

inline constexpr const char* small_study = R"(
[problem]
n_out = 12
n_in = 10
batch = 12
[run]
steps = 100
record = 10
[run.learning_rate]
signsvd = 0.01
signsgd = 0.001
[ode]
bases = 2
)";

class Cli : public testing::Test {
 protected:
  Cli() { scratch.write("study.toml", small_study); }

  // Runs the command in the scratch folder, as a shell would.
  Ran run(const std::string& arguments, const std::string& before = "") const {
    const std::string command = "cd " + scratch.path().string() + " && " + before + " " MUONPHASE_CLI " " + arguments +
                                " >" + (logs / "out").string() + " 2>" + (logs / "err").string();
    const int status = std::system(command.c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, logs.read("out"), logs.read("err")};
  }

  // The command refuses: this exit code, one line with this in it, and no file left behind.
  void refuses(const std::string& arguments, int code, const std::string& message) const {
    const std::string before = scratch.list();
    const Ran ran = run(arguments);
    EXPECT_EQ(ran.code, code) << arguments << "\n" << ran.err;
    EXPECT_TRUE(ran.one_line()) << arguments << "\n" << ran.err;
    EXPECT_TRUE(ran.says(message)) << arguments << "\n" << ran.err;
    EXPECT_EQ(scratch.list(), before) << arguments;
  }

  Scratch scratch, logs;
};

}  // namespace muonphase
