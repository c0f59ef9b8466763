#include <gtest/gtest.h>

#include <cmath>

#include "muonphase/core/error.hpp"
#include "muonphase/optimizers/registry.hpp"
#include "muonphase/results/tree.hpp"
#include "muonphase/run/compute.hpp"
#include "muonphase/study/study_text.hpp"

namespace muonphase {
namespace {

const std::vector<std::string> small = {"problem.n_out=12",
                                        "problem.n_in=10",
                                        "problem.batch=8",
                                        "problem.input.basis=generic",
                                        "ode.accuracy=fast",
                                        "run.steps=60",
                                        "run.record=8",
                                        "run.learning_rate.signsvd=0.01",
                                        "run.learning_rate.signsgd=0.001"};

std::vector<std::string> with(std::vector<std::string> keys, const std::vector<std::string>& more) {
  keys.insert(keys.end(), more.begin(), more.end());
  return keys;
}

// Keeps the warnings.
struct Heard {
  std::vector<std::string> warnings;
  Observer observer() {
    Observer o;
    o.warn = [this](const std::string& line) { warnings.push_back(line); };
    return o;
  }
  bool warned(const std::string& of) const {
    for (const auto& line : warnings)
      if (line.find(of) != std::string::npos) return true;
    return false;
  }
};

std::string refusal(const std::function<void()>& of) {
  try {
    of();
  } catch (const StudyError& error) {
    return error.what();
  }
  return "not refused";
}

TEST(Results, AreValuesWithTheirProvenance) {
  const Study study = default_study(small);
  const OdeResult result = ode_result(study, {.kind = "ode", .command_line = "test"}, {});
  ASSERT_EQ(result.curves.size(), 2u);
  EXPECT_EQ(result.curves[0].optimizer, "signsvd");
  EXPECT_GT(result.curves[0].curve.work.evaluations, 3);
  EXPECT_LT(result.curves[0].curve.risk.tail(1)(0), result.curves[0].curve.risk(0));
  EXPECT_NE(result.brief().find("full closure"), std::string::npos);
  EXPECT_NE(result.brief().find("evaluations"), std::string::npos);
  const DataTree tree = tree_of(result);
  ASSERT_TRUE(tree.find_attribute("/", "command_line"));
  EXPECT_EQ(std::get<std::string>(*tree.find_attribute("/", "command_line")), "test");
}

// A run that diverges costs the others nothing, and says where the edge of stability is.
TEST(Results, ADivergingOptimizerKeepsTheOthers) {
  const Study study =
      default_study(with(small, {"run.optimizers=[\"signsvd\", \"sgd\"]", "run.learning_rate.sgd=100", "run.steps=400"}));
  Heard heard;
  const OdeResult result = ode_result(study, {.kind = "ode"}, heard.observer());
  ASSERT_EQ(result.curves.size(), 2u);
  EXPECT_TRUE(result.curves[0].curve.risk.isFinite().all());
  EXPECT_TRUE(std::isfinite(result.curves[1].curve.risk(0)));
  EXPECT_FALSE(std::isfinite(result.curves[1].curve.risk.tail(1)(0)));
  EXPECT_TRUE(heard.warned("edge of stability"));
  EXPECT_TRUE(heard.warned("run.learning_rate.sgd"));
  const Study alone = default_study(with(small, {"run.optimizers=[\"sgd\"]", "run.learning_rate.sgd=100", "run.steps=400"}));
  EXPECT_NE(refusal([&] { ode_result(alone, {.kind = "ode"}, {}); }).find("edge of stability"), std::string::npos);
}

// A map that has no poles costs the others nothing.
TEST(Results, AnOptimizerWithoutACurveKeepsTheOthers) {
  const std::vector<std::string> more{"run.optimizers=[\"signsvd\", \"muon\"]", "run.learning_rate.muon=0.01",
                                      "run.optimizer.muon.coefficients=[1, 1, 1]"};
  Heard heard;
  const OdeResult result = ode_result(default_study(with(small, more)), {.kind = "ode"}, heard.observer());
  ASSERT_EQ(result.curves.size(), 2u);
  EXPECT_TRUE(result.curves[0].curve.risk.isFinite().all());
  EXPECT_TRUE(result.curves[1].curve.risk.isNaN().all());
  EXPECT_TRUE(heard.warned("muon: "));
}

TEST(Results, KeysThatACommandDoesNotReadAreNamedOnce) {
  const Study study = default_study({"problem.batch=32", "problem.input.alpha=2", "ode.closure=full", "phase.t0=2"});
  const std::string keys = unread_keys(study, "phase");
  for (const char* key : {"problem.batch", "problem.input.alpha", "ode.closure", "validate"})
    EXPECT_NE(keys.find(key), std::string::npos) << keys;
  EXPECT_EQ(keys.find("phase.t0"), std::string::npos) << keys;
  EXPECT_EQ(unread_keys(study, "ode").find("problem.batch"), std::string::npos);
  // Sections that name their command need no warning in a file that serves several.
  const Study file = parse_study("[simulate]\ntrials = 3\n[run]\nsteps = 10\n", "s.toml");
  EXPECT_EQ(unread_keys(file, "ode"), "");
  EXPECT_NE(unread_keys(file, "imbalance").find("run.steps"), std::string::npos);
}

TEST(Results, APathThatNoSpectrumReadsIsNamed) {
  Heard heard;
  ode_result(default_study(with(small, {"problem.input.path=\"spectrum.csv\""})), {.kind = "ode"}, heard.observer());
  EXPECT_TRUE(heard.warned("problem.input.path is not read"));
}

TEST(Results, StudiesOfOtherVersionsAreReadLeniently) {
  const Study study = parse_stored_study(
      "title = \"old\"\n[problem]\nn_in = 20\nbatch = \"huge\"\nno_such_key = 3\n[gone]\nx = 1\n", "f.h5:study");
  EXPECT_EQ(study.title, "old");
  EXPECT_EQ(study.problem.n_in, 20);
  EXPECT_EQ(study.problem.batch, Study().problem.batch);
  EXPECT_THROW(parse_study("[gone]\nx = 1\n", "s.toml"), StudyError);
}

TEST(Results, ToleranceIsRefusedByItsKey) {
  EXPECT_NE(refusal([] { default_study({"ode.tolerance=1e-13"}); }).find("--set: ode.tolerance"), std::string::npos);
  EXPECT_DOUBLE_EQ(integrator_tolerance({.closure = Closure::full, .tolerance = 1e-6}), 1e-4);
}

TEST(Results, ImbalanceTrainsWhatItIsTold) {
  EXPECT_NE(refusal([] { default_study({"imbalance.optimizers=[\"muno\"]"}); }), "not refused");
  EXPECT_NE(refusal([] { make_full_batch_optimizer(Study(), "muno"); }).find("muno"), std::string::npos);
  EXPECT_EQ(make_full_batch_optimizer(default_study({"run.optimizer.muon.steps=7"}), "muon").options().whole("steps"),
            7);
}

TEST(Results, OnlyOptimizersWithACurveGetTheGreedySchedule) {
  for (const auto& key : study_keys())
    if (key.path.starts_with("run.learning_rate.")) {
      const bool curve = static_cast<bool>(describe(key.path.substr(18)).linear);
      EXPECT_EQ(key.doc.find("without it, the greedy schedule") != std::string::npos, curve) << key.path;
    }
}

TEST(Results, TemplatesHaveTheOptionsOfEveryOptimizerThatTheirCommandRuns) {
  const std::string text = study_template("ode");
  EXPECT_NE(text.find("[run.optimizer.muon]"), std::string::npos);
  EXPECT_NE(text.find("[run.optimizer.signum]"), std::string::npos);
  EXPECT_EQ(text.find("[run.optimizer.shampoo]"), std::string::npos);
  EXPECT_NE(study_template("simulate").find("[run.optimizer.adam]"), std::string::npos);
}

TEST(Results, PhaseTakesTheFullClosureOfEveryOptimizerThatHasOne) {
  PhaseOptions options = make_phase_options(
      default_study({"phase.closure=full", "phase.compare=[\"muon\", \"signum\"]", "phase.dimension=12",
                     "phase.batch_ratio=1", "phase.alpha={min=1.0,max=1.0,count=1}",
                     "phase.beta={min=1.0,max=1.0,count=1}", "phase.horizons={min=1,max=10,count=2}"}));
  EXPECT_NO_THROW(phase_points(options));
  options.compare[1] = make_optimizer("shampoo");
  EXPECT_THROW(phase_points(options), StudyError);
}

// A map off the range of its closure says so.
TEST(Results, PhaseWarnsOutsideTheRangeOfTheClosure) {
  const std::vector<std::string> keys = {
      "phase.dimension=48", "phase.compare=[\"muon\", \"signsgd\"]", "phase.alpha={min=1.8,max=1.8,count=1}",
      "phase.beta={min=2.4,max=2.4,count=1}", "phase.horizons={min=1,max=500,count=4}"};
  Heard finite, infinite;
  phase_result(default_study(with(keys, {"phase.batch_ratio=0.5"})), {.kind = "phase"}, finite.observer());
  EXPECT_TRUE(finite.warned("outside its range in 1 of 1 cells"));
  EXPECT_TRUE(finite.warned("momentum window"));
  phase_result(default_study(with(keys, {"phase.compare=[\"signsvd\", \"signsgd\"]"})), {.kind = "phase"},
               infinite.observer());
  EXPECT_TRUE(infinite.warnings.empty());
}

}  // namespace
}  // namespace muonphase
