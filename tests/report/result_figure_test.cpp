#include "muonphase/report/result_figure.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "muonphase/report/report.hpp"
#include "muonphase/results/output.hpp"
#include "muonphase/results/phase_analyses.hpp"
#include "muonphase/results/results.hpp"
#include "muonphase/results/tree.hpp"
#include "muonphase/run/compute.hpp"

namespace muonphase {
namespace {

/// A result of `muonphase phase`: the first optimizer ahead for α below 1, a trade-off above, on 6 × 5 cells.
DataTree phase_file(const std::string& study_text, std::vector<double> third = {}) {
  const Study study = parse_study(study_text, "study.toml");
  DataTree file = begin_tree(study, {.kind = "phase", .command_line = "test"});
  PhaseMap map;
  map.compare = {study.phase.compare[0], study.phase.compare[1]};
  map.alpha = Eigen::ArrayXd::LinSpaced(6, 0, 2);
  map.beta = Eigen::ArrayXd::LinSpaced(5, 0.2, 2.6);
  map.axis = Eigen::ArrayXd{{1, 10, 100, 1000}};
  if (!third.empty()) {
    map.third_axis = ThirdAxis::batch_ratio;
    map.third = Eigen::Map<const Eigen::ArrayXd>(third.data(), static_cast<Eigen::Index>(third.size()));
  }
  for (std::size_t k = 0; k < std::max<std::size_t>(1, third.size()); ++k)
    for (const double alpha : map.alpha)
      for (const double beta : map.beta) {
        const Eigen::ArrayXd slow = 1 / map.axis.sqrt();
        const Eigen::ArrayXd crossing = std::pow(10, 1 + beta / 2) / map.axis;
        const Eigen::ArrayXd ratio = alpha < 1 ? Eigen::ArrayXd(0.3 + 0 * crossing) : crossing;
        map.cells.push_back({1, 0, {TunedCurve{slow * ratio, slow}, TunedCurve{slow, slow}}});
      }
  write_phase_map(file, map, study.phase.threshold);
  return file;
}

std::vector<figures::Figure> figures_of(const DataTree& file) {
  return result_figures(Hdf5Reader(hdf5_image(file), "test.h5"));
}

std::string page_of(const DataTree& file) {
  const std::string page = html_report(Hdf5Reader(hdf5_image(file), "test.h5"));
  const auto start = page.find("application/json");
  return page.substr(start, page.find("</script>", start) - start);
}

bool has_series(const figures::Panel& panel, const std::string& part) {
  return std::any_of(panel.series.begin(), panel.series.end(),
                     [&](const auto& s) { return s.legend.plain().find(part) != std::string::npos; });
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(ResultFigure, PredictedLinesAreDrawnWhereTheyHold) {
  const auto predicted = [](const std::string& keys) {
    return has_series(figures_of(phase_file("[phase]\n" + keys)).front().panels[0], "predicted");
  };
  EXPECT_TRUE(predicted(""));
  EXPECT_FALSE(predicted("batch_ratio = 1.0"));
  EXPECT_FALSE(predicted("label_noise = 0.5"));
  EXPECT_FALSE(predicted("alpha_out = 0.5"));
  EXPECT_FALSE(predicted("policy = \"optimal\""));
  EXPECT_FALSE(predicted("compare = [\"muon\", \"signsgd\"]"));
  EXPECT_FALSE(predicted("closure = \"full\"\nbatch_ratio = 1.0\ndimension = 64"));
  const auto panels =
      figures_of(phase_file("[phase]\nbatch_ratio = [0.1, \"infinite\"]", {0.1, INFINITY})).front().panels;
  EXPECT_FALSE(has_series(panels[0], "predicted"));
  EXPECT_TRUE(has_series(panels[1], "predicted"));
}

TEST(ResultFigure, CellsTestedByTrainingAreMarked) {
  DataTree file = phase_file("");
  file.index_scale("/verify/run", 3, {"1", "a horizon of a cell"});
  const auto put = [&](const char* name, std::vector<double> values) {
    file.dataset(std::string("/verify/") + name, {"/verify/run"}, values, {"1", name});
  };
  put("alpha", {0.4, 1.6, 1.6});
  put("beta", {0.8, 1.4, 1.4});
  for (const char* name : {"horizon", "predicted_log_ratio", "log_ratio", "log_ratio_sem"}) put(name, {1, 2, 3});
  put("verdict_holds", {1, 0, 0});
  const figures::Panel panel = figures_of(file).front().panels[0];
  EXPECT_TRUE(has_series(panel, "training agrees"));
  for (const auto& s : panel.series)
    if (s.legend == figures::Label("training disagrees")) {
      EXPECT_EQ(s.x(0), 1.6);
    }
  const std::string page = page_of(file);
  EXPECT_TRUE(contains(page, "training disagrees"));
  EXPECT_TRUE(contains(page, "\"verdict_holds\":[1,0,0]"));
}

TEST(ResultFigure, WhatElseAMapHoldsIsOnThePage) {
  DataTree file = phase_file("[phase]\nrefine = 1");
  RefinedPhases refined{Eigen::ArrayXd::LinSpaced(11, 0, 2), Eigen::ArrayXd::LinSpaced(9, 0.2, 2.6), {}, {}};
  refined.phase = RefinedPhases::Grid::Constant(11, 9, 3);
  refined.computed = refined.phase;
  write_refined(file, refined);
  file.scale("/yardstick/policy", std::vector<std::string>{"constant", "wsd"}, {"1", "policy"});
  for (const char* optimizer : {"signsvd", "signsgd"})
    file.dataset(std::string("/yardstick/") + optimizer + "/excess",
                 {"/yardstick/policy", "/alpha", "/beta", "/horizon"}, std::vector<double>(2 * 30 * 4, 0.1),
                 {"1", "excess"});
  const auto list = figures_of(file);
  ASSERT_EQ(list.size(), 3u);
  EXPECT_EQ(list[1].panels[0].cells->rgb.rows(), 11);
  EXPECT_TRUE(has_series(list[1].panels[0], "crossing horizon"));
  EXPECT_TRUE(has_series(list[2].panels[0], "wsd, median"));
  EXPECT_EQ(result_figure(Hdf5Reader(hdf5_image(file), "test.h5")).panels.size(), 2u);
  const std::string page = page_of(file);
  for (const char* part : {"boundaries refined", "wsd, median", "crossing horizon T", "\"SignSVD\""})
    EXPECT_TRUE(contains(page, part)) << part;
}

TEST(ResultFigure, ThePageNamesTheoryAndTrainingAsTheFigureDoes) {
  const Study study = parse_study("", "study.toml");
  DataTree file = begin_tree(study, {.kind = "validate", .command_line = "test"});
  const Eigen::ArrayXd step{{0, 1, 10}}, risk{{1, 0.9, 0.5}}, zero = Eigen::ArrayXd::Zero(3);
  for (const char* name : {"signsvd", "signsgd"}) {
    SimulatedCurve runs;
    runs.mean = {.step = step, .risk = risk, .learning_rate = zero, .mode_energy = {}};
    runs.risk_sem = 0.1 * risk;
    runs.risk_trials = risk.transpose().replicate(2, 1);
    write_validation(file, name, runs.mean, runs,
                     {.log_ratio = zero, .sem = zero, .excess_log_ratio = zero, .worst = 0, .median = 0, .excess = 0});
  }
  const std::string page = page_of(file);
  for (const char* part :
       {"SignSVD, theory", "SignSVD, Monte Carlo ± 2 s.e.", "#0072b2", "#d55e00", "\"kind\":\"band\""})
    EXPECT_TRUE(contains(page, part)) << part;
  for (const char* part : {"theory/gd", "\"simulate/signsvd\"", "\"legend\":\"signsvd\""})
    EXPECT_FALSE(contains(page, part)) << part;
}

TEST(ResultFigure, ThePageOfATunedProblemHasTheAdviceThatTheCommandPrints) {
  const Study study = parse_study(
      "[problem]\nn_out = 8\nn_in = 8\n[run]\nsteps = 20\n[tune]\nbatches = [8, 32]\nhorizons = 2\n", "study.toml");
  const TuneResult result = tune_result(study, {.kind = "tune", .command_line = "test"}, {});
  const std::string page = page_of(tree_of(result));
  EXPECT_TRUE(contains(page, "best: "));
  const std::string advice = result.brief();
  EXPECT_TRUE(contains(page, advice.substr(0, advice.find('\n')))) << advice;
}

}  // namespace
}  // namespace muonphase
