// SignSGD over many modes: leading ones as a matrix, the rest one by one, against all of them as a matrix.
#include "muonphase/closures/full/full_signsgd_modes.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "closures/power_law.hpp"
#include "muonphase/closures/full/full_signsgd.hpp"
#include "muonphase/core/error.hpp"
#include "muonphase/dynamics/systems/leading_modes.hpp"
#include "muonphase/problem/basis.hpp"

namespace muonphase {
namespace {

constexpr Eigen::Index size = 84;

struct Example {
  Problem problem;
  Eigen::MatrixXd basis = draw_basis(Basis::haar, size, 3, 0);

  Example(double batch, double alpha, double noise = 0) : problem(power_law(size, size, batch, alpha, 0.6)) {
    problem.label_noise = noise;
  }
};

// A moment that is diagonal in the eigenbasis, seen in the frame.
LeadingMoments seen(const ModeFrame& frame, const Problem& problem, const Eigen::MatrixXd& moment) {
  const auto root = problem.input.eigenvalue.sqrt().matrix().asDiagonal();
  const Eigen::MatrixXd all = frame.vectors.transpose() * root * moment * root * frame.vectors;
  const Eigen::Index k = frame.leading;
  return {all.topLeftCorner(k, k), all.diagonal().tail(all.rows() - k).array()};
}

// In label noise the frame's drift and diffusion have the entries of FullSignSgd's, and the drift has no others.
TEST(FullSignSgdModes, TheFrameUncouplesTheDriftOfLabelNoise) {
  const Example e(40, 1.2, 1e4);
  const FullSignSgdModes closure(e.problem, e.basis);
  const Eigen::MatrixXd start = initial_moment(e.problem);
  const LeadingRates rates = closure(seen(closure.frame(), e.problem, start));
  const MomentRates all = FullSignSgd(e.problem, e.basis)(start);
  const Eigen::ArrayXd root = e.problem.input.eigenvalue.sqrt();
  const Eigen::MatrixXd& v = closure.frame().vectors;
  const Eigen::MatrixXd drift =
      v.transpose() * (root.matrix().asDiagonal() * all.drift * root.inverse().matrix().asDiagonal()) * v;
  const Eigen::MatrixXd diffusion =
      v.transpose() * (root.matrix().asDiagonal() * all.diffusion * root.matrix().asDiagonal()) * v;
  const Eigen::Index k = closure.frame().leading;
  EXPECT_NEAR((v.transpose() * v).trace(), size, 1e-10);
  EXPECT_LT((drift - Eigen::MatrixXd(drift.diagonal().asDiagonal())).norm(), 0.01 * drift.norm());
  EXPECT_LT((rates.drift - drift.topLeftCorner(k, k)).norm(), 0.01 * drift.norm());
  EXPECT_LT((rates.diffusion - diffusion.topLeftCorner(k, k)).norm(), 1e-5 * diffusion.norm());
  for (Eigen::Index l = k; l < size; ++l) {
    EXPECT_NEAR(rates.rest_drift(l - k) / drift(l, l), 1, 0.02) << l;
    EXPECT_NEAR(rates.rest_diffusion(l - k) / diffusion(l, l), 1, 1e-4) << l;
  }
}

TEST(FullSignSgdModes, CurvesAreThoseOfAllModesAsAMatrix) {
  struct Case {
    double batch, alpha, rate, noise, decay;
  };
  for (const Case& c : {Case{100, 1.0, 2e-3, 0, 0}, Case{800, 1.6, 2e-3, 0, 0}, Case{8, 0.5, 1e-3, 0, 0},
                        Case{100, 1.0, 2e-3, 1, 0.5}}) {
    const Example e(c.batch, c.alpha, c.noise);
    const MomentDecay decay = moment_decay(e.problem, c.decay, {});
    const Eigen::ArrayXd record = recorded_steps(400, 6);
    const QuasilinearOptions options{.tolerance = 1e-3};
    FullClosureOptions few_points;
    few_points.points = 512;
    const FullSignSgdModes closure(e.problem, e.basis, few_points);
    const RiskCurve few = integrate_leading_modes(e.problem, closure.frame(), closure, decay, ConstantRate{c.rate},
                                                  record, options);
    const RiskCurve all = integrate_second_moment(e.problem, initial_moment(e.problem),
                                                  FullSignSgd(e.problem, e.basis, few_points), decay,
                                                  ConstantRate{c.rate}, record, options);
    EXPECT_LT(all.risk(all.risk.size() - 1) / all.risk(0), 0.7) << "the risk falls";
    EXPECT_LT((few.risk / all.risk).log().abs().maxCoeff(), 0.015) << c.batch << " alpha " << c.alpha;
    EXPECT_LT((few.mode_energy.row(0) / all.mode_energy.row(0) - 1).abs().maxCoeff(), 1e-9);
    EXPECT_LT((few.mode_energy / all.mode_energy).log().square().mean(), 0.006) << c.batch;
  }
}

TEST(FullSignSgdModes, RefusesWhatItDoesNotCover) {
  const Example e(40, 1.2);
  EXPECT_THROW(FullSignSgdModes(e.problem, Eigen::MatrixXd::Identity(7, 7)), StudyError);
  const FullSignSgdModes closure(e.problem, e.basis);
  LeadingMoments moment = seen(closure.frame(), e.problem, initial_moment(e.problem));
  moment.rest(0) = std::nan("");
  EXPECT_THROW(closure(moment), NumericalError);
  EXPECT_THROW(closure({Eigen::MatrixXd::Zero(64, 64), Eigen::ArrayXd::Zero(size - 64)}), StudyError);
  moment.rest(0) = -1e3;
  EXPECT_THROW(closure(moment), NumericalError);
}

}  // namespace
}  // namespace muonphase
