// The commands that serve a newcomer: init writes studies that run, export writes tables that read back.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <sstream>

#include "muonphase/results/output.hpp"
#include "muonphase/results/results.hpp"
#include "muonphase/study/study.hpp"
#include "muonphase/study/study_text.hpp"
#include "results/scratch.hpp"

namespace muonphase {
namespace {

class Users : public testing::Test {
 protected:
  int run(const std::string& arguments) const {
    const std::string command = "cd " + scratch.path().string() + " && " MUONPHASE_CLI " " + arguments + " >" +
                                (logs / "out").string() + " 2>" + (logs / "err").string();
    const int status = std::system(command.c_str());
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  std::vector<std::string> lines(const std::string& file) const {
    std::istringstream text(scratch.read(file));
    std::vector<std::string> out;
    for (std::string line; std::getline(text, line);) out.push_back(line);
    return out;
  }

  Scratch scratch, logs;
};

TEST_F(Users, InitWritesStudiesAtTheDefaults) {
  for (const auto& kind : study_template_kinds()) {
    ASSERT_EQ(run("init " + kind + " -o " + kind + ".toml"), 0) << logs.read("err");
    EXPECT_NE(logs.read("out").find("muonphase " + kind + " " + kind + ".toml"), std::string::npos);
    Study study = load_study(scratch / (kind + ".toml"));
    const bool has_rates = kind != "phase" && kind != "imbalance" && kind != "tune";
    EXPECT_EQ(study.run.learning_rate.size(), has_rates ? 2u : 0u) << kind;
    study.run.learning_rate.clear();
    EXPECT_EQ(first_difference(Study(), study), std::nullopt) << kind;
  }
  EXPECT_EQ(run("init ode -o ode.toml"), 4);
  EXPECT_EQ(run("init ode -o ode.toml --force"), 0);
  EXPECT_EQ(run("init nonsense"), 2);
  EXPECT_EQ(run("ode ode.toml --set problem.n_in=8 --set problem.n_out=8 --set problem.batch=8 --set run.steps=20"), 0)
      << logs.read("err");
}

// Uncommenting must not break anything: every commented key with a default is a valid line at that default.
TEST_F(Users, InitsCommentedKeysAreValid) {
  for (const auto& kind : study_template_kinds()) {
    std::istringstream text(study_template(kind));
    std::string open;
    for (std::string line; std::getline(text, line);) {
      const bool key = line.size() > 1 && line[0] == '#' && line[1] != ' ' && line.find("…") == std::string::npos;
      open += (key ? line.substr(1) : line) + "\n";
    }
    Study study = parse_study(open, kind);
    study.run.learning_rate.clear();
    EXPECT_EQ(first_difference(Study(), study), std::nullopt) << kind;
  }
}

TEST_F(Users, ExportWritesTablesThatReadBack) {
  scratch.write("study.toml",
                "title = \"a, \\\"b\\\"\"\n[problem]\nn_out = 6\nn_in = 5\nbatch = 6\n[run]\nsteps = 20\nrecord = 5\n"
                "[run.learning_rate]\nsignsvd = 0.01\nsignsgd = [0.001, 0.01]\n[ode]\nbases = 1\n");
  ASSERT_EQ(run("ode study.toml"), 0) << logs.read("err");
  ASSERT_EQ(run("export ode.h5 --csv tables"), 0) << logs.read("err");
  const RiskCurve curve = read_curve(open_result(scratch / "ode.h5"), "/signsvd");
  const auto rows = lines("tables/signsvd.step.csv");
  EXPECT_EQ(rows.front().substr(0, 23), "step,risk,learning_rate");
  ASSERT_EQ(rows.size(), static_cast<std::size_t>(curve.step.size()) + 1);
  double step = 0, risk = 0;
  ASSERT_EQ(std::sscanf(rows.back().c_str(), "%lf,%lf", &step, &risk), 2);
  EXPECT_EQ(step, 20);
  EXPECT_EQ(risk, curve.risk(curve.risk.size() - 1));

  const auto energies = lines("tables/signsvd.step-mode.csv");
  EXPECT_EQ(energies.front(), "step,mode,mode_energy");
  ASSERT_EQ(energies.size(), static_cast<std::size_t>(curve.step.size()) * 5 + 1);
  double mode = 0, energy = 0;
  ASSERT_EQ(std::sscanf(energies[8].c_str(), "%lf,%lf,%lf", &step, &mode, &energy), 3);  // row 1, column 2
  EXPECT_EQ(step, curve.step(1));
  EXPECT_EQ(mode, 3);
  EXPECT_EQ(energy, curve.mode_energy(1, 2));

  EXPECT_EQ(lines("tables/signsgd.sweep.learning_rate-horizon.csv").front(), "learning_rate,horizon,risk");
  EXPECT_EQ(lines("tables/signsgd.sweep.scalars.csv").size(), 2u);
  EXPECT_EQ(load_study(scratch / "tables/study.toml").title, "a, \"b\"");
  EXPECT_NE(scratch.read("tables/columns.csv").find("signsvd.step.csv,risk,1,"), std::string::npos);
  EXPECT_NE(scratch.read("tables/provenance.csv").find("kind,ode\n"), std::string::npos);
  EXPECT_EQ(run("export ode.h5 --csv tables"), 4);
  EXPECT_EQ(run("export ode.h5 --csv tables --force"), 0);
  EXPECT_EQ(run("export study.toml --csv other"), 4);
  EXPECT_FALSE(std::filesystem::exists(scratch / "other"));
}

// A name with a hyphen: keys, groups, files, figures and pages.
TEST_F(Users, SpectralPowerGoesThroughEveryCommand) {
  scratch.write(
      "study.toml",
      "[problem]\nn_out = 8\nn_in = 6\nbatch = 8\n[run]\noptimizers = [\"spectral-power\", \"signsvd\"]\n"
      "steps = 20\nrecord = 5\n[run.learning_rate]\nspectral-power = 0.02\nsignsvd = 0.01\n"
      "[run.optimizer.spectral-power]\npower = 0.25\nscale = \"rms\"\n[simulate]\ntrials = 2\n[phase]\n"
      "compare = [\"spectral-power\", \"signsvd\"]\nalpha = {min = 0.5, max = 1, count = 2}\nbeta = {min = 0.5, "
      "max = 1, count = 2}\ndimension = 30\nhorizons = {min = 1, max = 100, count = 4}\n");
  for (const char* command : {"ode", "simulate", "validate", "coefficients", "phase"}) {
    const std::string name = command, file = name + ".h5";
    const int code = run(name + " study.toml -o " + file);
    EXPECT_TRUE(code == 0 || (name == "validate" && code == 3)) << name << logs.read("err");
    EXPECT_EQ(run("info " + file), 0) << logs.read("err");
    EXPECT_EQ(run("export " + file + " --csv " + name), 0) << logs.read("err");
#ifdef MUONPHASE_REPORT
    EXPECT_EQ(run("plot " + file + " -o " + name + ".svg"), 0) << logs.read("err");
    EXPECT_NE(scratch.read(name + ".svg").find("Spectral power"), std::string::npos) << name;
    EXPECT_EQ(run("report " + file + " -o " + name + ".html"), 0) << logs.read("err");
    EXPECT_NE(scratch.read(name + ".html").find("Spectral power"), std::string::npos) << name;
#endif
  }
  EXPECT_EQ(lines("ode/spectral-power.step.csv").front().substr(0, 9), "step,risk");
  const Hdf5Reader file = open_result(scratch / "coefficients.h5");
  EXPECT_GT(file.number_attribute("/spectral-power", "modes_reached"), 0);
  EXPECT_FALSE(file.has_attribute("/signsvd", "modes_reached"));
  EXPECT_EQ(run("ode study.toml -o bad.h5 --set run.optimizer.spectral-power.power=2"), 2);
  EXPECT_NE(logs.read("err").find("run.optimizer.spectral-power.power = 2"), std::string::npos) << logs.read("err");
}

TEST_F(Users, ExportFindsScalesInOtherGroups) {
  const char* small =
      " --set problem.n_in=6 --set problem.n_out=6 --set problem.batch=6 --set run.steps=20 --set run.record=4"
      " --set simulate.trials=2 -q";
  ASSERT_EQ(run("init validate"), 0);
  const int code = run(std::string("validate study.toml") + small);
  ASSERT_TRUE(code == 0 || code == 3) << logs.read("err");
  ASSERT_EQ(run("export validate.h5 --csv tables"), 0) << logs.read("err");
  EXPECT_EQ(lines("tables/signsvd.step.csv").front(), "step,log_ratio,log_ratio_sem,excess_log_ratio");
  EXPECT_EQ(lines("tables/simulate.signsvd.trial-step.csv").front(), "trial,step,risk_trials");
  EXPECT_EQ(run("init imbalance -o imbalance.toml"), 0);
  ASSERT_EQ(run("imbalance imbalance.toml -o imb.h5 --set imbalance.steps=50 -q"), 0) << logs.read("err");
  ASSERT_EQ(run("export imb.h5 --csv imb"), 0) << logs.read("err");
  EXPECT_EQ(lines("imb/population.gd.step-class.csv").front().substr(0, 21), "step,class,class_loss");
}

}  // namespace
}  // namespace muonphase
