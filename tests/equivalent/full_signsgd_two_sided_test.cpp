#include <gtest/gtest.h>

#include "muonphase/dynamics/full_ode.hpp"
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
