// A run without noise whose risk goes below what a double can square has ended: it neither diverges nor fails.
#include <gtest/gtest.h>

#include "muonphase/optimizers/ode.hpp"
#include "muonphase/optimizers/registry.hpp"

namespace muonphase {
namespace {

Problem noiseless(Model model, double size) {
  Problem problem{.output = isotropic_spectrum(size),
                  .input = power_law_spectrum(size, 1),
                  .batch = 12,
                  .energy = {},
                  .model = model};
  problem.energy = power_law_energy(problem.output, problem.input, 0.6);
  return problem;
}

TEST(DiedOut, GreedyRunsWithoutNoiseEndAtNothing) {
  for (const Model model : {Model::bilinear, Model::linear_layer})
    for (const double size : {1.0, 2.0})
      for (const char* name : {"signsvd", "signsgd", "sgd"}) {
        SCOPED_TRACE(std::string(name) + (model == Model::bilinear ? ", bilinear, " : ", layer, ") +
                     std::to_string(size));
        const RiskCurve curve = ode_curve(noiseless(model, size), make_optimizer(name), GreedyRate{},
                                          recorded_steps(1e4, 40), {.closure = Closure::full, .bases = 1});
        ASSERT_TRUE(curve.risk.isFinite().all() && curve.learning_rate.isFinite().all());
        EXPECT_TRUE(curve.mode_energy.isFinite().all());
        EXPECT_LT(curve.risk(curve.risk.size() - 1), 1e-140);
        EXPECT_GE(curve.risk.minCoeff(), 0);
        for (Eigen::Index i = 1; i < curve.risk.size(); ++i) EXPECT_LE(curve.risk(i), curve.risk(i - 1)) << i;
      }
}

// At 1 × 1 SignSVD and SignSGD are one algorithm. Of the linear layer a sample's sign is that of Δ whatever the batch,
// so that a greedy step from Gaussian Δ leaves the variance 1 − 2/π of it.
TEST(DiedOut, OneByOneIsRight) {
  const Eigen::ArrayXd steps = recorded_steps(2000, 30);
  for (const Model model : {Model::bilinear, Model::linear_layer}) {
    const auto curve = [&](const char* name) {
      return ode_curve(noiseless(model, 1), make_optimizer(name), GreedyRate{}, steps,
                       {.closure = Closure::full, .bases = 1});
    };
    const RiskCurve svd = curve("signsvd"), sgd = curve("signsgd");
    for (Eigen::Index i = 0; i < steps.size() && svd.risk(i) > 1e-100; ++i)
      EXPECT_NEAR(std::log(svd.risk(i) / svd.risk(0)), std::log(sgd.risk(i) / sgd.risk(0)),
                  0.02 * (1 + std::abs(std::log(svd.risk(i) / svd.risk(0)))))
          << i;
  }
}

// A constant rate of SGD without noise never meets a floor.
TEST(DiedOut, SgdAtAConstantRateToo) {
  for (const Model model : {Model::bilinear, Model::linear_layer}) {
    const RiskCurve curve = ode_curve(noiseless(model, 2), make_optimizer("sgd"), ConstantRate{0.3},
                                      recorded_steps(1e5, 30), {.closure = Closure::full, .bases = 1});
    ASSERT_TRUE(curve.risk.isFinite().all());
    EXPECT_LT(curve.risk(curve.risk.size() - 1), 1e-140);
    EXPECT_EQ(curve.learning_rate(curve.risk.size() - 1), 0.3);
  }
}

}  // namespace
}  // namespace muonphase
