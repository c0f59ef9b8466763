#include "muonphase/imbalance/sample.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace muonphase {
namespace {

const Mixture mixture{Eigen::Array3d(0.6, 0.3, 0.1), Eigen::Array3d(2, 1, 1.5), 0.7, 6};

TEST(Sample, MomentsAreThoseOfThePopulation) {
  const Draws draws{7, 1};
  const Eigen::MatrixXd v = draws.directions(mixture);
  EXPECT_TRUE((v.transpose() * v).isIdentity(1e-13));
  const Sample sample = draws.sample(mixture, v, 100000);
  const Moments found = sample_moments(sample, 3, 2), expected = population_moments(mixture, v);
  // Entries have standard deviation of at most 4/√n.
  EXPECT_LT((found.xx - expected.xx).cwiseAbs().maxCoeff(), 0.06);
  EXPECT_LT((found.yx - expected.yx).cwiseAbs().maxCoeff(), 0.03);
  for (int c = 0; c < 3; ++c)
    EXPECT_NEAR((sample.label == c).count() / 1e5, mixture.prior(c), 4 * std::sqrt(0.25 / 1e5));
}

TEST(Sample, TestSampleHasEveryClassAsOftenAndIsIndependent) {
  const Draws draws{7, 1};
  const Eigen::MatrixXd v = draws.directions(mixture);
  const Sample test = draws.test_sample(mixture, v, 2000);
  for (int c = 0; c < 3; ++c) {
    EXPECT_EQ((test.label == c).count(), 2000);
    const Eigen::VectorXd mean = test.input.middleRows(2000 * c, 2000).colwise().mean();
    EXPECT_LT((mean - mixture.mean_norm(c) * v.col(c)).cwiseAbs().maxCoeff(), 5 * 0.7 / std::sqrt(2000));
  }
  // The noises of the two samples are uncorrelated: 36000 products of standard deviation 0.49.
  Sample train = draws.sample(mixture, v, 6000), centred = test;
  for (Eigen::Index i = 0; i < 6000; ++i) {
    train.input.row(i) -= mixture.mean_norm(train.label(i)) * v.col(train.label(i)).transpose();
    centred.input.row(i) -= mixture.mean_norm(test.label(i)) * v.col(test.label(i)).transpose();
  }
  EXPECT_LT(std::abs(train.input.cwiseProduct(centred.input).mean()), 4 * 0.49 / std::sqrt(36000));
}

TEST(Sample, TrialsDifferAndRepeat) {
  const Eigen::MatrixXd v = Draws{7, 1}.directions(mixture);
  EXPECT_TRUE((Draws{7, 1}.sample(mixture, v, 50).input == Draws{7, 1}.sample(mixture, v, 50).input));
  EXPECT_FALSE((Draws{7, 1}.sample(mixture, v, 50).input == Draws{7, 2}.sample(mixture, v, 50).input));
  EXPECT_FALSE((Draws{8, 1}.directions(mixture) == v));
}

TEST(Sample, StartHasTheGivenSpread) {
  const Layers layers = Draws{1, 0}.start({300, 200, 10}, 0.05);
  ASSERT_EQ(layers.size(), 2u);
  EXPECT_EQ(layers[0].rows(), 200);
  EXPECT_EQ(layers[1].rows(), 10);
  EXPECT_NEAR(std::sqrt(layers[0].squaredNorm() / static_cast<double>(layers[0].size())), 0.05, 0.001);
  EXPECT_NE(layers[0](0, 0), layers[1](0, 0));
}

}  // namespace
}  // namespace muonphase
