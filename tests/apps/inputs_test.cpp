// No command writes into what it reads, and a result's study runs from anywhere.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdlib>

#include "results/scratch.hpp"

namespace muonphase {
namespace {

class Inputs : public testing::Test {
 protected:
  Inputs() {
    scratch.write("s.toml",
                  "[problem]\nn_out = 4\nn_in = 3\nbatch = 4\n[problem.input]\nspectrum = \"file\"\npath = \"l.txt\"\n"
                  "[run]\nsteps = 5\nrecord = 3\noptimizers = [\"signsvd\"]\n[run.learning_rate]\nsignsvd = 0.01\n");
    scratch.write("l.txt", "1\n0.5\n0.2\n");
    scratch.write("measured.csv", "step,risk\n1,0.5\n2,0.4\n");
  }

  int run(const std::string& arguments, const std::string& before = "") const {
    const int status = std::system(("cd " + scratch.path().string() + " && " + before + " " MUONPHASE_CLI " " +
                                    arguments + " >" + (logs / "out").string() + " 2>" + (logs / "err").string())
                                       .c_str());
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  void keeps(const std::string& file, const std::string& command) const {
    const std::string bytes = scratch.read(file), list = scratch.list();
    for (const char* force : {"", " --force"}) {
      EXPECT_EQ(run(command + force), 2) << command << force << logs.read("err");
      EXPECT_NE(logs.read("err").find("is read by this command"), std::string::npos) << logs.read("err");
      EXPECT_EQ(scratch.read(file), bytes);
    }
    EXPECT_EQ(scratch.list(), list);
  }

  Scratch scratch, logs;
};

TEST_F(Inputs, AreNeverOutputs) {
  for (const std::string kind : {"ode", "simulate", "validate", "coefficients", "phase", "imbalance"}) {
    keeps("s.toml", kind + " s.toml -o s.toml");
    keeps("s.toml", kind + " s.toml -o ./s.toml");
    keeps("l.txt", kind + " s.toml -o l.txt");
  }
  ASSERT_EQ(run("ode s.toml -o x.h5"), 0) << logs.read("err");
  std::filesystem::create_symlink("x.h5", scratch / "link.h5");
  keeps("x.h5", "ode s.toml -o x.h5 --set problem.target.path=link.h5:/some/where");
#ifdef MUONPHASE_REPORT
  keeps("x.h5", "plot x.h5 -o x.h5");
  keeps("x.h5", "report link.h5 -o x.h5");
  std::filesystem::copy_file(scratch / "measured.csv", scratch / "measured.svg");
  keeps("measured.svg", "plot x.h5 --overlay measured.svg -o measured.svg");
#endif
  std::filesystem::copy_file(scratch / "x.h5", scratch / "study.toml");
  keeps("study.toml", "export study.toml --csv .");
}

TEST_F(Inputs, TheStudyOfAResultRunsFromAnywhere) {
  ASSERT_EQ(run("ode s.toml -o x.h5"), 0);
  ASSERT_EQ(run("info --study x.h5"), 0);
  std::filesystem::create_directory(scratch / "elsewhere");
  scratch.write("elsewhere/again.toml", logs.read("out"));
  EXPECT_EQ(run("ode again.toml -o again.h5", "cd elsewhere &&"), 0) << logs.read("err");
  EXPECT_EQ(run("ode elsewhere/again.toml -o x.h5 --resume"), 0) << logs.read("err");
  EXPECT_EQ(run("ode ../s.toml -o ../x.h5 --resume", "cd elsewhere &&"), 0) << logs.read("err");
}

TEST_F(Inputs, AFullDeviceIsAnIoErrorEverywhere) {
  ASSERT_EQ(run("ode s.toml -o x.h5"), 0);
  for (const std::string command :
       {"info x.h5", "info --study x.h5", "optimizers", "", "--help", "ode --help", "--version", "generate man",
        "generate study-reference", "export x.h5 --csv tables", "init ode -o new.toml", "ode s.toml -o new.h5"}) {
    const int status = std::system(("cd " + scratch.path().string() + " && " MUONPHASE_CLI " " + command +
                                    " >/dev/full 2>" + (logs / "err").string())
                                       .c_str());
    EXPECT_EQ(WEXITSTATUS(status), 4) << command << ": " << logs.read("err");
    EXPECT_NE(logs.read("err"), "");
  }
}

}  // namespace
}  // namespace muonphase
