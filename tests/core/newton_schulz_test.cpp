#include "muonphase/core/newton_schulz.hpp"

#include <gtest/gtest.h>

#include <Eigen/Core>
#include <algorithm>
#include <cmath>

#include "muonphase/core/random.hpp"
#include "reference_svd.hpp"

namespace muonphase {
namespace {

const QuinticSet& named(const std::string& name) {
  return *std::find_if(quintic_sets().begin(), quintic_sets().end(), [&](const auto& set) { return set.name == name; });
}

struct Bounds {
  double least = 1e9, most = 0;
};

// Of h over [from, 1].
Bounds bounds(const std::vector<Quintic>& steps, double from) {
  Bounds found;
  for (double log_x = std::log(from); log_x <= 0; log_x += 1e-4) {
    const double h = newton_schulz(std::exp(log_x), steps);
    found = {std::min(found.least, h), std::max(found.most, h)};
  }
  return found;
}

TEST(NewtonSchulz, SetsDoWhatIsSaidOfThem) {
  const auto of = [](const char* name, double from, int steps = 0) {
    const QuinticSet& set = named(name);
    return bounds(quintic_steps(steps > 0 ? steps : set.steps, set.quintics), from);
  };
  EXPECT_NEAR(of("jordan", 0.01).least, 0.68, 0.01);
  EXPECT_NEAR(of("jordan", 0.001).most, 1.20, 0.01);
  // Jordan's eight steps, and two that bring 0.68 … 1.20 to one.
  const Bounds lengthened = of("jordan-long", 1e-4);
  EXPECT_GT(lengthened.least, 0.999);
  EXPECT_LT(lengthened.most, 1.003);
  // A convergent last step: more steps, any accuracy; with the margin no value runs away at x = 1.
  const Bounds express = of("polar-express", 1e-3, 12);
  EXPECT_NEAR(express.least, 1, 1e-6);
  EXPECT_NEAR(express.most, 1, 1e-6);
  EXPECT_LT(of("polar-express", 1e-6).most, 1.3);
  const Bounds cesista = of("cesista", 0.01);
  EXPECT_NEAR(cesista.least, 0.98, 0.01);
  EXPECT_NEAR(cesista.most, 1.03, 0.01);
  EXPECT_NEAR(of("cubic", 1e-4, 40).least, 1, 1e-6);
  EXPECT_LE(of("cubic", 1e-4, 40).most, 1);
}

TEST(NewtonSchulz, ListsGoOnWithTheirLast) {
  const std::vector<Quintic> two{{3, -2, 0.5}, {1.5, -0.5, 0}};
  EXPECT_EQ(quintic_steps(1, two), (std::vector<Quintic>{two[0]}));
  EXPECT_EQ(quintic_steps(4, two), (std::vector<Quintic>{two[0], two[1], two[1], two[1]}));
  EXPECT_EQ(quintic_steps(2), (std::vector<Quintic>{muon_quintic, muon_quintic}));
}

TEST(NewtonSchulz, StepsActOnSingularValuesInTurn) {
  const Eigen::MatrixXd g = normals<double>({.seed = 5}, 7, 4);
  const std::vector<Quintic> steps = quintic_steps(7, named("polar-express").quintics);
  const ReferenceSvd svd = reference_svd(g);
  const Eigen::VectorXd h =
      (svd.values / g.norm()).unaryExpr([&](double x) { return newton_schulz(x, steps); });
  const Eigen::MatrixXd expected = svd.left * h.asDiagonal() * svd.right.transpose();
  EXPECT_LT((newton_schulz<double>(g, steps) - expected).norm(), 1e-12);
  EXPECT_LT((newton_schulz<double>(g.transpose(), steps, 2) - expected.transpose()).norm(), 1e-12);
  EXPECT_EQ(newton_schulz<double>(Eigen::MatrixXd::Zero(3, 2), steps), Eigen::MatrixXd::Zero(3, 2));
}

}  // namespace
}  // namespace muonphase
