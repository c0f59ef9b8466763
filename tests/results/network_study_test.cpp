// Which studies of [imbalance] train networks, and what those say that networks do not read.
#include <gtest/gtest.h>

#include <cmath>

#include "muonphase/results/output.hpp"
#include "muonphase/results/tree.hpp"
#include "muonphase/run/compute.hpp"
#include "muonphase/run/results.hpp"
#include "results/scratch.hpp"

namespace muonphase {
namespace {

const std::string small_mlp = R"([imbalance]
priors = {law = "zipf", classes = 3}
dimension = 5
steps = 4
record = 2
samples = 60
test_samples = 20
loss = "cross-entropy"
model = "mlp"
optimizers = ["muon"]
)";

struct Told {
  std::vector<std::string> said, warned;
  ImbalanceResult result;
};

Told told_by(const Study& study) {
  Told told;
  Observer observer;
  observer.say = [&](const std::string& line) { told.said.push_back(line); };
  observer.warn = [&](const std::string& line) { told.warned.push_back(line); };
  told.result = imbalance_result(study, {.kind = "imbalance"}, observer);
  return told;
}

bool is_network(const std::string& keys) {
  return told_by(parse_study(small_mlp + keys, "study.toml")).result.networks.has_value();
}

TEST(NetworkStudy, KeysThatOnlyNetworksReadMakeOne) {
  EXPECT_FALSE(is_network("hidden = 6\ninit.std = 0.1\n"));
  for (const char* keys :
       {"hidden = 6\nbatch = 16\n", "hidden = 6\nschedule = \"cosine\"\n", "hidden = 6\nbias_rate = 0.01\n",
        "hidden = [6]\n", "hidden = [6, 5]\n", "hidden = 6\ntune.momenta = [0.5]\n"})
    EXPECT_TRUE(is_network(keys)) << keys;
}

// The study in a result is the study that was run.
TEST(NetworkStudy, AListOfOneHiddenLayerStaysAList) {
  for (const char* hidden : {"hidden = 6", "hidden = [6]", "hidden = [6, 5]"}) {
    const std::string text = to_toml(parse_study(small_mlp + hidden + "\n", "study.toml"));
    EXPECT_NE(text.find(std::string("\n") + hidden + "\n"), std::string::npos) << text;
  }
}

TEST(NetworkStudy, WarnsOfKeysThatNetworksDoNotRead) {
  const Told told = told_by(parse_study(small_mlp + "hidden = [6]\ntrain_outer = true\ninit.std = 0.05\n"
                                                    "data.spurious = 0.9\nlearning_rate = 0.1\ntune.rates = [0.2]\n",
                                        "study.toml"));
  ASSERT_EQ(told.warned.size(), 1u);
  EXPECT_EQ(
      told.warned[0],
      "networks do not read imbalance.init.std (a network starts from He's weights), imbalance.train_outer (every "
      "layer is trained), imbalance.learning_rate (tune.rates are tried), imbalance.data.spurious (there is no "
      "data.path)");
  EXPECT_TRUE(told_by(parse_study(small_mlp + "hidden = [6]\n", "study.toml")).warned.empty());
  const Told linear =
      told_by(parse_study("[imbalance]\nsteps = 4\ndata.transform = \"colours\"\nhidden = 6\n", "study.toml"));
  ASSERT_EQ(linear.warned.size(), 1u);
  EXPECT_EQ(linear.warned[0],
            "this study does not read imbalance.hidden (for model = \"mlp\"), imbalance.data.transform (there is no "
            "data.path)");
}

// Sixty samples of two classes.
std::string data_text() {
  std::string text = "a,b,label\n";
  for (int i = 0; i < 60; ++i)
    text += "0." + std::to_string(i + 1) + "," + std::to_string(i % 5) + "," + std::to_string(i % 2) + "\n";
  return text;
}

TEST(NetworkStudy, BesideDataTheMixtureIsNotRead) {
  const Scratch scratch;
  scratch.write("data.csv", data_text());
  const std::string keys =
      "[imbalance]\nloss = \"cross-entropy\"\noptimizers = [\"muon\"]\nsteps = 4\nrecord = 2\n"
      "data.path = \"data.csv\"\ndata.validation = 0.3\ndata.test = 0.3\n";
  const auto run = [&](const std::string& more) {
    return told_by(load_study(scratch.write("study.toml", keys + more)));
  };
  const Told told = run("samples = 60\nnoise = 0.1\ndata.codes = 3\n");
  ASSERT_EQ(told.warned.size(), 1u);
  EXPECT_EQ(told.warned[0],
            "networks do not read imbalance.noise, imbalance.samples (the samples are those of data.path), "
            "imbalance.data.codes (for transform = \"barcodes\")");
  // Priors that are not given leave the classes as they are, also in the study that the result holds.
  const Study again = parse_study(to_toml(told.result.study), (scratch / "again.toml").string());
  EXPECT_TRUE(told_by(again).result.networks.has_value());
  try {
    run("task = \"organisms\"\n");
    ADD_FAILURE() << "organisms of data";
  } catch (const StudyError& error) {
    EXPECT_NE(std::string(error.what())
                  .find("imbalance.task = \"organisms\": must be \"mixture\" beside imbalance.data.path"),
              std::string::npos)
        << error.what();
  }
}

// Classes that are equally frequent have no minority: its accuracy is a dash, not "nan".
TEST(NetworkStudy, WhatNoSeedHasIsADash) {
  const Told told = told_by(
      parse_study(small_mlp + "hidden = [6]\n", "study.toml", {"imbalance.priors={law=\"step\",classes=4,ratio=1}"}));
  ASSERT_EQ(told.said.size(), 1u);
  EXPECT_NE(told.said[0].find("minority –, worst group 0."), std::string::npos) << told.said[0];
}

TEST(NetworkStudy, FilesHaveLossesOfGroupsAndTheSpectrumOfTheLogits) {
  const Scratch scratch;
  const Study study = parse_study(small_mlp + "hidden = [6]\ntrials = 2\n", "study.toml");
  write_file(scratch / "net.h5", hdf5_image(tree_of(imbalance_result(study, {.kind = "imbalance"}, {}))));
  const Hdf5Reader file = open_result(scratch / "net.h5");
  const std::string run = "/sample/muon/";
  for (const char* name : {"group_loss", "group_accuracy", "group_loss_sem"})
    EXPECT_EQ(file.dimensions(run + name), (std::vector<std::string>{"step", "group"})) << name;
  EXPECT_EQ(file.dimensions(run + "logit_singular_value"), (std::vector<std::string>{"step", "mode"}));
  EXPECT_EQ(file.shape(run + "logit_singular_value")[1], 3u);
  const Eigen::ArrayXXd loss = file.matrix(run + "group_loss");
  EXPECT_GE(file.vector(run + "worst_loss")(0), loss.row(0).maxCoeff() - 1e-12) << "the mean over seeds of the largest";
  EXPECT_NEAR(file.vector(run + "majority_loss")(0), loss(0, 0), 1e-12);
  EXPECT_NEAR(file.vector(run + "minority_loss")(0), loss.row(0).tail(2).mean(), 1e-12);
}

}  // namespace
}  // namespace muonphase
