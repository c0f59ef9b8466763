#include "muonphase/report/figures/imbalance.hpp"

#include <gtest/gtest.h>

#include <set>

#include "muonphase/results/output.hpp"
#include "muonphase/results/results.hpp"
#include "muonphase/results/tree.hpp"
#include "muonphase/run/compute.hpp"
#include "muonphase/run/results.hpp"
#include "report/figures/axis.hpp"
#include "results/scratch.hpp"

namespace muonphase::figures {
namespace {

Figure figure_of(const Study& study) {
  DataTree file = begin_tree(study, {.kind = "imbalance", .command_line = "test"});
  write_imbalance(file, imbalance_result(study, {.kind = "imbalance"}, {}));
  return imbalance_figure(Hdf5Reader(hdf5_image(file), "test.h5"));
}

TEST(FigureImbalance, TheLegendSaysWhatIsTheoryAndWhatTraining) {
  const Figure figure = figure_of(parse_study(R"(
[imbalance]
mean_norm = [1.3, 1.2, 1.1, 1.0]
dimension = 6
steps = 40
record = 8
samples = 100
trials = 2
optimizers = ["gd", "signgd", "specgd", "nmd"]
learning_rate = {gd = 0.1, signgd = 0.01, specgd = 0.01, nmd = 0.01}
)",
                                              "study.toml"));
  EXPECT_EQ(figure.panels.size(), 8u);
  for (const auto& panel : figure.panels) EXPECT_FALSE(panel.series.empty());
  std::set<std::string> names;
  for (const LegendEntry& entry : legend_of(figure)) {
    const std::string name = entry.text.plain();
    names.insert(name);
    EXPECT_TRUE(name != "theory" || (entry.line && !entry.marker));
    EXPECT_TRUE(name != "training on samples" || (entry.marker && !entry.line));
    EXPECT_TRUE(name != "optimum" || entry.line->dash == Dash::dotted);
  }
  for (const char* name : {"theory", "training on samples", "optimum", "class 1, p = 0.55", "class 4, p = 0.07", "GD",
                           "loss above SpecGD, balanced", "loss above SpecGD, minority class"})
    EXPECT_TRUE(names.count(name)) << name;
  // Dashed lines are the minority's, whatever the optimizer.
  for (const Panel& panel : figure.panels)
    for (const Series& s : panel.series)
      EXPECT_TRUE(s.style.dash != Dash::dashed || panel.y.label == Label("loss above SpecGD"));
}

// Some seeds have none of the rare classes right and others all of the frequent ones: their bands end at 0 and at 1.
TEST(FigureImbalance, BandsOfNetworksStayWhereTheirQuantityCanBe) {
  const Figure figure = figure_of(parse_study(R"(
[imbalance]
priors = {law = "step", classes = 4, ratio = 20}
dimension = 6
steps = 40
record = 12
samples = 60
test_samples = 4
trials = 4
loss = "cross-entropy"
batch = 10
optimizers = ["muon", "signgd"]
learning_rate = 0.03
)",
                                              "study.toml"));
  int bands = 0;
  double least = 1, most = 0;
  for (const Panel& panel : figure.panels)
    for (const Series& s : panel.series) {
      if (s.kind != Kind::band) continue;
      ++bands;
      EXPECT_GE(s.y.minCoeff(), -1e-12) << panel.y.label.plain();
      if (panel.y.label == Label("training loss") || panel.y.label == Label("KL of logits to uniform")) continue;
      EXPECT_LE(s.upper.maxCoeff(), 1 + 1e-12) << panel.y.label.plain();
      least = std::min(least, s.y.minCoeff());
      most = std::max(most, s.upper.maxCoeff());
    }
  EXPECT_EQ(bands, 12);
  EXPECT_LT(least, 0.05);
  EXPECT_GT(most, 0.95);
}

TEST(FigureImbalance, CrossEntropyAndOrganisms) {
  const Figure losses = figure_of(parse_study(R"(
[imbalance]
priors = {law = "zipf", classes = 3}
dimension = 5
steps = 20
record = 5
samples = 60
test_samples = 20
loss = "cross-entropy"
optimizers = ["ngd", "muon"]
)",
                                              "study.toml"));
  EXPECT_EQ(losses.panels.size(), 6u);
  const Scratch scratch;
  scratch.write("life.csv",
                "organism,kingdom,category,grows,roots,moves,fur\noak,plants,plants,1,1,0,0\n"
                "dog,animals,mammals,1,0,1,1\nfly,animals,others,1,0,1,0\n");
  const auto path = scratch.write("study.toml",
                                  "[imbalance]\ntask = \"organisms\"\norganisms = \"life.csv\"\noptimizers = [\"gd\", "
                                  "\"muon\"]\nlearning_rate = 0.1\ninit.std = 0.1\nsteps = 30\nrecord = 6\n");
  const Figure organisms = figure_of(load_study(path));
  ASSERT_EQ(organisms.panels.size(), 6u);
  const Panel& table = organisms.panels[2];
  EXPECT_EQ(table.x.categories.front(), Label("all"));
  EXPECT_EQ(table.y.categories.back(), Label("plants"));  // the first row is on top
  EXPECT_EQ(table.marks.size(), 12u);
  EXPECT_EQ(table.color_bar->max, 0.7);
}

}  // namespace
}  // namespace muonphase::figures
