#include "muonphase/imbalance/organisms.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>

#include "muonphase/core/error.hpp"
#include "muonphase/dynamics/risk_curve.hpp"
#include "muonphase/imbalance/sample.hpp"
#include "muonphase/optimizers/registry.hpp"

namespace muonphase {
namespace {

const std::filesystem::path table =
    std::filesystem::path(MUONPHASE_TEST_DATA).parent_path().parent_path() / "data/organisms.csv";

TEST(Organisms, TheTableIsATaxonomy) {
  const Organisms organisms = load_organisms(table);
  EXPECT_EQ(organisms.has.rows(), 12);
  EXPECT_EQ(organisms.has.cols(), 13);
  EXPECT_EQ(organisms.categories(), (std::vector<std::string>{"plants", "mammals", "other animals"}));
  // Every organism can be told from every other.
  for (Eigen::Index i = 0; i < 12; ++i)
    for (Eigen::Index k = 0; k < i; ++k) EXPECT_FALSE(organisms.has.row(i) == organisms.has.row(k)) << i << " " << k;
  const auto taxon = organisms.attribute_taxon();
  EXPECT_EQ(taxon[0], "all");
  EXPECT_EQ(taxon[1], "plants");
  EXPECT_EQ(taxon[5], "animals");
  EXPECT_EQ(taxon[6], "mammals");
  EXPECT_EQ(taxon[10], "other animals");
}

TEST(Organisms, RefusesBadTables) {
  const auto file = std::filesystem::temp_directory_path() / "muonphase_organisms_test.csv";
  const auto refused = [&](const char* text, const char* says) {
    std::ofstream(file) << text;
    try {
      load_organisms(file);
      FAIL() << text;
    } catch (const StudyError& error) {
      EXPECT_NE(std::string(error.what()).find(says), std::string::npos) << error.what();
    }
  };
  refused("name,kingdom,category,a\n", ":1:");
  refused("# x\norganism,kingdom,category,a\noak,plants,plants,2\n", ":3:");
  refused("organism,kingdom,category,a,b\noak,plants,plants,1\n", ":2:");
  refused("organism,kingdom,category,a\noak,plants,plants,0\n", ":2:");
  refused("organism,kingdom,category,a,b\noak,plants,plants,1,0\n", "\"b\"");
  refused("organism,kingdom,category,a\n", "no organism");
  std::filesystem::remove(file);
  EXPECT_THROW(load_organisms(file), IoError);
}

OrganismsCurve run(const std::string& optimizer, double eta, double steps, double std) {
  const Organisms organisms = load_organisms(table);
  return train_organisms(organisms, Draws{1, 0}.start({12, 12, 13}, std),
                         {make_optimizer(optimizer), eta, recorded_steps(steps, 40)});
}

TEST(Organisms, TheModelLearnsTheTable) {
  const auto curve = run("sgd", 1, 4000, 0.1);
  const Eigen::Index last = curve.step.size() - 1;
  EXPECT_LT(curve.divergence(last), 0.01);
  EXPECT_GE(curve.divergence(last), 0);
  EXPECT_GT(curve.divergence(0), 0.5);
  EXPECT_LT(curve.misplaced.row(last).sum(), 0.02);
  for (const auto& p : curve.probability) EXPECT_TRUE(p.rowwise().sum().isOnes(1e-12));
  for (const auto& c : curve.confusion) EXPECT_TRUE(c.rowwise().sum().isOnes(1e-12));
}

TEST(Organisms, MistakesAndConfusionOfTheUniformModel) {
  const auto curve = run("sgd", 1, 1, 0);  // zero weights: a saddle, p = 1/13 everywhere
  const Organisms organisms = load_organisms(table);
  EXPECT_NEAR(curve.misplaced.row(0).sum(), 1 - organisms.has.sum() / (12 * 13), 1e-12);
  // Plants lack the eight attributes of the other kingdom's taxa, animals the four of plants.
  EXPECT_NEAR(curve.misplaced(0, 0), (4 * 8 + 8 * 4) / (12.0 * 13), 1e-12);
  EXPECT_NEAR(curve.confusion[0](0, 0), 1.0 / 13, 1e-12);
}

/// Share of the organism-level mistakes that is left when the kingdom-level ones have fallen to a quarter.
double fine_mistakes_left(const OrganismsCurve& curve) {
  Eigen::Index i = 0;
  while (curve.misplaced(i, 0) > 0.25 * curve.misplaced(0, 0)) ++i;
  return curve.misplaced(i, 2) / curve.misplaced(0, 2);
}

TEST(Organisms, GradientDescentLearnsCoarseToFineAndMuonAllLevelsAtOnce) {
  const double gd = fine_mistakes_left(run("sgd", 1, 300, 0.1)), muon = fine_mistakes_left(run("muon", 0.01, 600, 0.1));
  EXPECT_GT(gd, 0.5);
  EXPECT_LT(muon, 0.4);
  EXPECT_GT(gd, 1.4 * muon);
}

}  // namespace
}  // namespace muonphase
