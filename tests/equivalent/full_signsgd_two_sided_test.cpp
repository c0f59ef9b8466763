#include <gtest/gtest.h>

#include "muonphase/dynamics/full_ode.hpp"
#include "muonphase/equivalent/full_signsgd.hpp"
#include "muonphase/problem/basis.hpp"
#include "muonphase/simulation/random.hpp"

namespace muonphase {
namespace {

Problem steep(double size, double alpha) {
  Problem p{.output = power_law_spectrum(size, alpha),
            .input = power_law_spectrum(size, alpha),
            .batch = size,
            .output_basis = Basis::haar,
            .energy = {}};
  p.energy = power_law_energy(p.output, p.input, 0.3);
  return p;
}

// One mode alone in a huge batch is the whole gradient: signs are the signs of its two directions.
TEST(FullSignSgdTwoSided, OneModeTurnsAllSignsTogether) {
  Problem p = steep(40, 0.8);
  p.batch = 1e6;
  p.energy.setZero();
  p.energy(0, 0) = 1;
  const Eigen::MatrixXd out = draw_basis(Basis::haar, 40, 1, 1), in = draw_basis(Basis::haar, 40, 1, 0);
  const ModeRates rates = FullSignSgdTwoSided(p, out, in)(p.energy);
  const double projection = out.col(0).cwiseAbs().sum() * in.col(0).cwiseAbs().sum();
  // The arcsine's series is cut where 7 % are missing.
  EXPECT_NEAR(rates.diffusion(0, 0) / (projection * projection), 1, 0.1);
  EXPECT_NEAR(rates.diffusion.sum() / 1600, 1, 1e-9);
}

// At this learning rate the first mode overshoots. Unless its drift's square is part of its diffusion, energies end
// below zero.
TEST(FullSignSgdTwoSided, FollowsASteepStartToTheFloor) {
  const Problem p = steep(64, 0.8);
  const Eigen::MatrixXd start = normals<double>({.seed = 1, .trial = 6}, 64, 64).cwiseProduct(p.energy.sqrt().matrix());
  const RiskCurve curve = full_curve_from(p, start, "signsgd", ConstantRate{1e-3}, recorded_steps(500, 12), 6,
                                          {.closure = FullClosureOptions::fast(), .integrator = {.tolerance = 1e-4}});
  EXPECT_GT(curve.mode_energy.minCoeff(), 0);
  EXPECT_LT(curve.risk(curve.risk.size() - 1), 0.05 * curve.risk(0));
}

}  // namespace
}  // namespace muonphase
