// What the command says of what it refuses: which key, where it was written, and what would do.
#include <gtest/gtest.h>

#include <filesystem>

#include "apps/cli.hpp"

namespace muonphase {
namespace {

class Messages : public Cli {};

TEST_F(Messages, NameTheWholeKeyInTables) {
  const std::string rate = "ode study.toml --set 'run.learning_rate.signsvd=";
  refuses(rate + "{policy=\"gredy\"}'", 2,
          "error: --set: run.learning_rate.signsvd.policy = \"gredy\": must be \"greedy\" or");
  refuses(rate + "{scale=2}'", 2,
          "--set: run.learning_rate.signsvd = {scale = 2}: needs run.learning_rate.signsvd.policy, \"");
  refuses(
      rate + "{policy=\"greedy\",scal=2}'", 2,
      "--set: unknown key run.learning_rate.signsvd.scal; the nearest known key is run.learning_rate.signsvd.scale");
  refuses("imbalance study.toml --set 'imbalance.priors={law=\"zipf\",classes=1}'", 2,
          "--set: imbalance.priors.classes = 1: must be a whole number from 2");
  refuses("imbalance study.toml --set 'imbalance.learning_rate={gdd=1}'", 2,
          "unknown key imbalance.learning_rate.gdd; the nearest known key is imbalance.learning_rate.gd");
  refuses("phase --set 'phase.dimension={min=1,max=\"a\",count=3}'", 2, "--set: phase.dimension.max = \"a\": must be");
  scratch.write("bad.toml", "[run.learning_rate.signsvd]\npolicy = \"greedy\"\nscale = -1\n");
  refuses("ode bad.toml", 2, "bad.toml:3: run.learning_rate.signsvd.scale = -1: must be");
}

TEST_F(Messages, NameTheFlagThatMadeATableOfAValue) {
  refuses("ode study.toml --set run.steps.x=1", 2, "error: --set: run.steps = {x = 1}: must be a whole number");
  refuses("ode study.toml --set run.learning_rate.signsvd.x=1", 2,
          "error: --set: run.learning_rate.signsvd = {x = 1}: needs");
  refuses("ode study.toml --set run=1", 2, "error: --set: run = 1: must be a table, [run]");
}

TEST_F(Messages, NameTheKeyOfAFileThatIsMissing) {
  const auto missing = [&](const std::string& command, const std::string& section, const std::string& key,
                           const std::string& more, const std::string& file) {
    scratch.write("missing.toml", "[" + section + "]\n" + key + " = \"" + file + "\"\n" + more);
    refuses(command + " missing.toml", 4,
            "error: missing.toml:2: " + section + "." + key + ": " + file + ": cannot be read: No such file");
  };
  for (const std::string command : {"ode", "simulate", "validate", "coefficients", "tune"}) {
    missing(command, "problem.input", "path", "spectrum = \"file\"\n", "nope.txt");
    missing(command, "problem.output", "path", "spectrum = \"file\"\n", "nope.h5");
    missing(command, "problem.target", "path", "", "nope.npy");
    missing(command, "problem.start", "path", "", "no folder/nope.csv");
    missing(command, "problem.data", "path", "", "nope.h5");
  }
  missing("imbalance", "imbalance.data", "path", "", "nope.npz");
  missing("imbalance", "imbalance", "organisms", "task = \"organisms\"\ninit.std = 0.1\n", "nope.csv");
  scratch.write("folder.toml", "[problem.target]\npath = \".\"\n");
  refuses("ode folder.toml", 4, "folder.toml:2: problem.target.path: .: is a directory");
  scratch.write("folder.toml", "[imbalance]\norganisms = \".\"\ntask = \"organisms\"\ninit.std = 0.1\n");
  refuses("imbalance folder.toml", 4, "folder.toml:2: imbalance.organisms: .: is a directory");
  refuses("ode study.toml --set problem.target.path=nope.csv", 4,
          "error: --set: problem.target.path: nope.csv: cannot be read");
}

TEST_F(Messages, AnOptimizerWithoutACurveHasAReason) {
  const std::string shampoo = " --set 'run.optimizers=[\"shampoo\"]' --set run.learning_rate.shampoo=0.01";
  for (const std::string command : {"ode", "validate", "coefficients", "tune"}) {
    const Ran ran = run(command + " study.toml -q" + shampoo);
    EXPECT_EQ(ran.code, 2);
    EXPECT_TRUE(ran.says("run.optimizers = [\"shampoo\"]: must be a list of signsvd,")) << ran.err;
    EXPECT_TRUE(ran.says("shampoo trains only (simulate)") && ran.says("without that average it is signsvd"))
        << ran.err;
  }
  refuses("phase --set 'phase.compare=[\"shampoo\",\"signsgd\"]'", 2, "without that average it is signsvd");
  refuses("phase --set 'phase.compare=[\"signsgd\"]'", 2, "must be a list of 2 without repetition");
  EXPECT_EQ(run("simulate study.toml --set simulate.trials=1 --set run.steps=3 --set run.record=2" + shampoo).code, 0);
}

TEST_F(Messages, EveryOptimizerHasALine) {
  const Ran ran = run("ode study.toml --set 'run.optimizers=[\"signsvd\",\"sgd\"]' --set run.learning_rate.sgd=100");
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_NE(ran.out.find("\nsgd      diverged before step "), std::string::npos) << ran.out;
  EXPECT_NE(ran.out.find(" of 100 (risk "), std::string::npos) << ran.out;
  EXPECT_EQ(ran.out.find("nan"), std::string::npos) << ran.out;
}

TEST_F(Messages, TableOnTheCommandLineAddsToItsSection) {
  ASSERT_EQ(run("ode study.toml -q -o x.h5 --set 'problem={batch=6}' --set 'run={steps=7,record=3}'").code, 0);
  const std::string study = run("info --study x.h5").out;
  for (const char* line : {"\nn_out = 12\n", "\nn_in = 10\n", "\nbatch = 6\n", "\nsteps = 7\n", "\nsignsvd = 0.01\n"})
    EXPECT_NE(study.find(line), std::string::npos) << line;
  // The table of a key is its value.
  refuses("ode study.toml --set run.learning_rate.signsvd.policy=greedy --set 'run.learning_rate.signsvd={scale=2}'", 2,
          "needs run.learning_rate.signsvd.policy");
  scratch.write("list.toml", "[[run]]\nsteps = 3\n");
  refuses("ode list.toml", 2, "list.toml:1: run = [{steps = 3}]: must be a table, [run]");
  refuses("ode list.toml --set run.record=2", 2, "--set: \"run.record=2\": run is a list of tables at list.toml:1");
}

TEST_F(Messages, AreOneLineWhateverIsInAKey) {
  scratch.write("odd.toml", "\"a\\nb\\u0000c\" = 1\n");
  refuses("ode odd.toml", 2, "odd.toml:1: unknown key a\\x0ab\\x00c; the nearest");
  scratch.write("odd.toml", "[run]\nsteps = {\"x\\ny\" = 1}\n");
  refuses("ode odd.toml", 2, "run.steps = {\"x\\u000Ay\" = 1}: must be a whole number");
  scratch.write("odd.toml", "[run.learning_rate]\nsgd = {policy = \"greedy\", \"s\\u001bc\" = 1}\n");
  refuses("ode odd.toml", 2, "unknown key run.learning_rate.sgd.s\\x1bc; the nearest");
  refuses("ode study.toml --set PROBLEM.n_in=4", 2, "unknown key PROBLEM; the nearest known key is problem");
}

TEST_F(Messages, NumbersOnTheCommandLineAreNotBent) {
  for (const char* seed : {"9223372036854775808", "99999999999999999999999", "-1", "1.5", "0x10"})
    refuses(std::string("ode study.toml --seed ") + seed, 2, std::string(seed) + " is no whole number from 0 to 2^63");
  ASSERT_EQ(run("ode study.toml -q -o s.h5 --seed 9223372036854775807").code, 0);
  EXPECT_NE(run("info s.h5").out.find("seed 9223372036854775"), std::string::npos);
  for (const char* sweep : {"1e-320:1:3", "1e-3:1e101:3", "1e-3:inf:3", "nan:1:3", "1:2"})
    refuses(std::string("ode study.toml --sweep-rate ") + sweep, 2, "must be MIN:MAX:COUNT with 1e-100");
  refuses("odd study.toml", 2, "there is no command \"odd\" (see muonphase --help)");
  refuses("-q ode study.toml", 2, "-q (flags come after the command; see muonphase --help)");
}

// As other tables, with whatever separates cells and ends lines.
TEST_F(Messages, TablesOfOrganismsComeFromAnyProgram) {
  for (const std::string table :
       {"organism,kingdom,category,a,b\nx,k,c,1,0\ny,k,d,1,1\n",
        "organism,kingdom,category,a,b\r\nx,k,c,1,0\r\ny,k,d,1,1\r\n",
        "\xef\xbb\xbforganism;kingdom;category;a;b\nx;k;c;1;0\ny;k;d;1;1\n",
        "\"organism\",\"kingdom\",\"category\",\"a\",\"b\"\n\"x, the first\",\"k\",\"c\",1,0\ny,k,d,1,1\n"}) {
    scratch.write("organisms.csv", table);
    scratch.write("o.toml",
                  "[imbalance]\ntask = \"organisms\"\norganisms = \"organisms.csv\"\ninit.std = 0.1\nsteps = 3\n");
    EXPECT_EQ(run("imbalance o.toml -q --force -o o.h5").code, 0) << table << logs.read("err");
  }
  scratch.write("organisms.csv", "organism,kingdom,category,a\nx,k,c,2\n");
  refuses("imbalance o.toml -o p.h5", 2,
          "o.toml:3: imbalance.organisms: organisms.csv:2: must be 0 or 1 for each attribute");
}

// A pipe or a device is neither overwritten nor waited for.
TEST_F(Messages, DevicesAreNoFiles) {
  ASSERT_EQ(std::system(("mkfifo " + (scratch / "pipe").string()).c_str()), 0);
  std::filesystem::create_symlink("pipe", scratch / "pipe.svg");
  ASSERT_EQ(run("ode study.toml -q -o x.h5").code, 0);
  const std::string before = scratch.list();
  for (const std::string command :
       {"init ode -o pipe", "report x.h5 -o pipe", "explorer -o pipe", "plot x.h5 -o pipe.svg"}) {
    const Ran ran = run(command + " --force");
    EXPECT_EQ(ran.code, 4) << command;
    EXPECT_TRUE(ran.one_line() && ran.says(": cannot be written: it is not a regular file")) << command << ran.err;
    EXPECT_TRUE(std::filesystem::is_fifo(scratch / "pipe")) << command;
  }
  for (const std::string command :
       {"info pipe", "plot pipe", "plot x.h5 -o f.svg --overlay pipe", "export pipe --csv t", "measure pipe",
        "ode study.toml --set problem.target.path=pipe", "ode study.toml --set problem.data.path=pipe"}) {
    const Ran ran = run(command, "timeout 20");
    EXPECT_EQ(ran.code, 4) << command << ran.err;
    EXPECT_TRUE(ran.one_line() && ran.says("pipe: is a pipe or a device")) << command << ran.err;
  }
  EXPECT_EQ(scratch.list(), before);
  for (const std::string command : {"init ode -o ", "report x.h5 -o ", "explorer -o "}) {
    refuses(command + ". --force", 4, ".: cannot be written: it is");
    refuses(command + "''", 4, "\"\": cannot be written: it is not the name of a file");
  }
  std::filesystem::create_symlink("loop", scratch / "loop");
  refuses("ode study.toml -o loop", 4, "loop: Too many levels of symbolic links");
  refuses("ode study.toml -o " + std::string(300, 'a'), 4, "a: File name too long");
}

TEST_F(Messages, OverlaysSayWhichCurvesThereAre) {
  ASSERT_EQ(run("ode study.toml -q -o x.h5").code, 0);
  refuses("plot x.h5 -o f.svg --overlay x.h5", 2,
          "x.h5: has no datasets step and risk in /; name \"x.h5:/signsvd\" or \"x.h5:/signsgd\"");
  refuses("plot x.h5 -o f.svg --overlay x.h5:/nope", 2, "step and risk in /nope; name \"x.h5:/signsvd\"");
  EXPECT_EQ(run("plot x.h5 -q -o f.svg --overlay x.h5:/signsvd").code, 0);
}

// Flags that commands share are accepted by all of them.
TEST_F(Messages, CommonFlagsWorkEverywhere) {
  ASSERT_EQ(run("ode study.toml -o x.h5").code, 0);
  scratch.write("lam.txt", "1\n0.5\n0.25\n0.1\n");
  const std::string common = " -q --log-level error --threads 1 --no-progress --force";
  for (const std::string command :
       {"info x.h5", "optimizers", "generate man", "export x.h5 --csv tables", "init ode -o new.toml",
        "measure lam.txt -o m.h5",
#ifdef MUONPHASE_REPORT
        "plot x.h5", "report x.h5 -o x.html", "explorer -o e.html",
#endif
        "phase --set phase.alpha.count=1 --set phase.alpha.max=0 --set phase.beta.count=1 --set phase.beta.max=0 "
        "--set phase.dimension=20 --set phase.horizons.count=2 -o p.h5",
        "ode study.toml", "simulate study.toml", "validate study.toml", "coefficients study.toml",
        "tune study.toml --set tune.batches=[8] --set tune.horizons=2"}) {
    const Ran ran = run(command + common);
    EXPECT_TRUE(ran.code == 0 || (ran.code == 3 && command.starts_with("validate"))) << command << "\n" << ran.err;
    const bool prints = command.starts_with("info") || command.starts_with("optim") || command.starts_with("gen");
    EXPECT_EQ(ran.out.empty(), !prints) << command << "\n" << ran.out;
    const Ran version = run(command.substr(0, command.find(' ')) + " --version");
    EXPECT_EQ(version.code, 0) << command;
    EXPECT_TRUE(version.out.starts_with("muonphase ")) << version.out;
  }
  refuses("info x.h5 --threads 0", 2, "error: --threads: Value 0 not in range 1 to 4096 (see muonphase info --help)");
  EXPECT_EQ(run("generate bash").out.find("info) options='--help -h --force"), std::string::npos);
  const std::string help = run("info --help").out;
  EXPECT_EQ(help.find("--threads"), std::string::npos) << "flags without a meaning are not listed";
}

}  // namespace
}  // namespace muonphase
