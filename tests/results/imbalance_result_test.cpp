#include "muonphase/run/compute.hpp"

#include <gtest/gtest.h>

#include "muonphase/results/output.hpp"
#include "muonphase/results/tree.hpp"
#include "results/scratch.hpp"

namespace muonphase {
namespace {

/// The result of a study, through a file.
Hdf5Reader through_file(const Scratch& scratch, const Study& study) {
  write_file(scratch / "imb.h5", hdf5_image(tree_of(imbalance_result(study, {.kind = "imbalance"}, {}))));
  return open_result(scratch / "imb.h5");
}

TEST(ImbalanceResult, SquaredLossHasPopulationSampleAndTheory) {
  const Scratch scratch;
  const Study study = parse_study(R"(
[imbalance]
mean_norm = [1.3, 1.2, 1.1, 1.0]
dimension = 6
steps = 40
record = 8
samples = 100
trials = 2
optimizers = ["gd", "signgd", "specgd"]
learning_rate = {gd = 0.1, signgd = 0.01, specgd = 0.01}
)",
                                  "study.toml");
  const Hdf5Reader file = through_file(scratch, study);
  for (const char* kind : {"population", "sample"})
    for (const char* optimizer : {"gd", "signgd", "specgd"}) {
      const std::string run = std::string("/") + kind + "/" + optimizer;
      const auto steps = file.shape(run + "/step")[0];
      EXPECT_EQ(file.shape(run + "/component"), (std::vector<std::size_t>{steps, 4}));
      EXPECT_EQ(file.dimensions(run + "/class_loss"), (std::vector<std::string>{"step", "class"}));
      EXPECT_EQ(file.vector(run + "/balanced_loss").size(), static_cast<Eigen::Index>(steps));
      EXPECT_EQ(file.vector(run + "/step")(static_cast<Eigen::Index>(steps) - 1), 40);
    }
  EXPECT_EQ(file.groups("/theory"), (std::vector<std::string>{"gd", "specgd"}));
  EXPECT_LT((file.matrix("/theory/gd/component") - file.matrix("/population/gd/component")).abs().maxCoeff(), 1e-10);
  EXPECT_EQ(file.shape("/advantage/observed_slope")[0], 4u);
  EXPECT_EQ(file.shape("/advantage/published_slope")[0], 4u);
  EXPECT_EQ(file.number("/advantage/published_hypothesis"), 0);
  EXPECT_DOUBLE_EQ(file.vector("/mean_norm")(3), 1.0);
}

TEST(ImbalanceResult, CrossEntropyHasAccuracies) {
  const Scratch scratch;
  const Study study = parse_study(R"(
[imbalance]
priors = {law = "zipf", classes = 3}
dimension = 5
steps = 20
record = 5
samples = 60
test_samples = 20
loss = "cross-entropy"
class_weights = "balanced"
model = "mlp"
hidden = 6
init.std = 0.1
optimizers = ["ngd", "muon"]
)",
                                  "study.toml");
  const Hdf5Reader file = through_file(scratch, study);
  EXPECT_FALSE(file.has("/population"));
  EXPECT_EQ(file.dimensions("/sample/muon/class_accuracy"), (std::vector<std::string>{"step", "class"}));
  EXPECT_EQ(file.dimensions("/sample/ngd/margin"), (std::vector<std::string>{"step", "norm"}));
}

// One hidden layer on the mixture, with something to tune: a network with biases.
TEST(ImbalanceResult, WhatIsTunedIsANetwork) {
  const Scratch scratch;
  for (const std::string key : {"tune.rates = [0.01, 0.1]", "tune.momenta = [0.5, 0.9]"}) {
    const Study study = parse_study(R"(
[imbalance]
priors = {law = "zipf", classes = 3}
dimension = 5
steps = 20
record = 5
samples = 60
test_samples = 20
loss = "cross-entropy"
model = "mlp"
hidden = 6
optimizers = ["nmd", "muon"]
)" + key,
                                    "study.toml");
    const Hdf5Reader file = through_file(scratch, study);
    EXPECT_EQ(file.numbers("/tuning/muon/validation_accuracy").values.size(), 2u) << key;
    EXPECT_TRUE(file.has("/sample/nmd/minority_accuracy"));
  }
}

TEST(ImbalanceResult, OrganismsHaveConfusion) {
  const Scratch scratch;
  scratch.write("life.csv",
                "organism,kingdom,category,grows,roots,moves,fur\noak,plants,plants,1,1,0,0\n"
                "dog,animals,mammals,1,0,1,1\nfly,animals,others,1,0,1,0\n");
  const auto path = scratch.write("study.toml", R"(
[imbalance]
task = "organisms"
organisms = "life.csv"
optimizers = ["gd", "muon"]
learning_rate = 0.1
init.std = 0.1
steps = 30
record = 6
)");
  const Hdf5Reader file = through_file(scratch, load_study(path));
  const auto steps = file.shape("/organisms/gd/step")[0];
  EXPECT_EQ(file.shape("/organisms/gd/probability"), (std::vector<std::size_t>{steps, 3, 4}));
  EXPECT_EQ(file.dimensions("/organisms/muon/confusion"), (std::vector<std::string>{"step", "category", "taxon"}));
  EXPECT_EQ(file.strings("/taxon"), (std::vector<std::string>{"all", "plants", "animals", "mammals"}));
}

TEST(ImbalanceResult, RefusesStudiesThatDoNotFit) {
  const auto refused = [](const std::string& text, const char* says) {
    try {
      imbalance_result(parse_study("[imbalance]\n" + text, "study.toml"), {.kind = "imbalance"}, {});
      FAIL() << text;
    } catch (const StudyError& error) {
      EXPECT_NE(std::string(error.what()).find(says), std::string::npos) << error.what();
    }
  };
  refused("mean_norm = [1, 2]", "imbalance.mean_norm");
  refused("dimension = 3", "imbalance.dimension");
  refused("learning_rate = {gd = 1}", "ngd");
  refused("loss = \"cross-entropy\"", "imbalance.samples");
  refused("task = \"organisms\"", "imbalance.organisms");
}

}  // namespace
}  // namespace muonphase
