#include <gtest/gtest.h>

#include <cmath>
#include <utility>

#include "muonphase/closures/full/full_signsgd.hpp"
#include "muonphase/core/random.hpp"
#include "muonphase/dynamics/systems/second_moment.hpp"
#include "muonphase/problem/basis.hpp"

namespace muonphase {
namespace {

Problem power_law(double n, double d, double batch, double alpha) {
  Problem p{.output = isotropic_spectrum(n), .input = power_law_spectrum(d, alpha), .batch = batch, .energy = {}};
  p.energy = power_law_energy(p.output, p.input, 0.4);
  return p;
}

ResponseFunction answers(const FullSignSgd& closure) {
  return [&closure](const Eigen::MatrixXd& moment) { return closure.response(moment); };
}

// With a batch far above n and d the gradient is its mean: in the eigenbasis every entry falls by η a step and stops.
TEST(EntriesOfSignSgd, BecomeSignDescentAsTheBatchGrows) {
  const Eigen::ArrayXd record = recorded_steps(150, 12);
  const double eta = 2e-3;
  double previous = 1;
  for (double batch : {1e4, 1e6}) {
    const Problem p = power_law(20, 12, batch, 0.6);
    const Eigen::MatrixXd start = normals<double>({.seed = 3}, 20, 12) * p.energy.row(0).sqrt().matrix().asDiagonal();
    const Eigen::MatrixXd basis = Eigen::MatrixXd::Identity(12, 12);
    const FullSignSgd closure(p, basis, FullClosureOptions::fast());
    const RiskCurve curve =
        integrate_entries(p, start, basis, answers(closure), 0, ConstantRate{eta}, record, {.tolerance = 1e-3});
    double worst = 0;
    for (Eigen::Index i = 0; i < record.size(); ++i) {
      const Eigen::ArrayXXd left = (start.array().abs() - eta * record(i)).max(0);
      const double risk = 0.5 * (left.square().rowwise() * p.input.eigenvalue.transpose()).sum();
      worst = std::max(worst, std::abs(std::log(curve.risk(i) / risk)));
    }
    EXPECT_LT(worst, 0.5 * previous);
    previous = worst;
  }
  EXPECT_LT(previous, 0.02);
}

// A rate of zero is a rate: nothing moves.
TEST(EntriesOfSignSgd, StandStillAtRateZero) {
  const Problem p = power_law(6, 5, 4, 1.4);
  const Eigen::MatrixXd start = normals<double>({.seed = 3}, 6, 5) * p.energy.row(0).sqrt().matrix().asDiagonal();
  const Eigen::MatrixXd basis = draw_basis(Basis::haar, 5, 2, 0);
  const FullSignSgd closure(p, basis, FullClosureOptions::fast());
  const RiskCurve curve = integrate_entries(p, start, basis, answers(closure), 0, ConstantRate{0},
                                            recorded_steps(20, 6), {.tolerance = 1e-3});
  for (const double risk : curve.risk) EXPECT_NEAR(risk / curve.risk(0), 1, 1e-6);
}

// Where label noise hides the signal nothing saturates, and the coupled moments follow the same equations.
TEST(EntriesOfSignSgd, AreTheMomentsInLabelNoise) {
  Problem p = power_law(24, 16, 24, 1.2);
  p.label_noise = 30;
  const Eigen::MatrixXd start = normals<double>({.seed = 4}, 24, 16) * p.energy.row(0).sqrt().matrix().asDiagonal();
  const Eigen::MatrixXd basis = draw_basis(Basis::haar, 16, 2, 0);
  const FullSignSgd closure(p, basis, FullClosureOptions::fast());
  const Eigen::ArrayXd record = recorded_steps(200, 8);
  const ConstantRate rate{5e-3};
  const RiskCurve entries = integrate_entries(p, start, basis, answers(closure), 0, rate, record, {.tolerance = 1e-4});
  const RiskCurve moments =
      integrate_second_moment(p, start.transpose() * start, closure, {}, rate, record, {.tolerance = 1e-4});
  // Energies, as the risk is nearly all noise.
  const Eigen::ArrayXd a = entries.mode_energy.bottomRows(1).transpose(),
                       b = moments.mode_energy.bottomRows(1).transpose();
  EXPECT_LT((a / b).log().abs().maxCoeff(), 0.02);
}

struct Steep {
  Problem problem = power_law(32, 48, 96, 1.4);
  Eigen::MatrixXd start, basis = draw_basis(Basis::haar, 48, 3, 0);
  double eta = 2e-3;
  Eigen::ArrayXd record = recorded_steps(100, 10);

  Steep() {
    problem.energy = power_law_energy(problem.output, problem.input, 1.8);
    start = normals<double>({.seed = 12}, 32, 48) * problem.energy.row(0).sqrt().matrix().asDiagonal();
  }
  RiskCurve theory(double tolerance) const {
    const FullSignSgd closure(problem, basis, FullClosureOptions::fast());
    return integrate_entries(problem, start, basis, answers(closure), 0, ConstantRate{eta}, record,
                             {.tolerance = tolerance});
  }
};

// Three quarters of the risk sit in one mode and the batch is large: E[NᵀN] must stay positive down to the floor.
TEST(EntriesOfSignSgd, ConvergeWithTheTolerance) {
  const Steep steep;
  const Eigen::ArrayXd fine = steep.theory(1e-5).risk;
  EXPECT_LT(fine(fine.size() - 1), 0.05 * fine(0));
  for (const auto& [tolerance, allowed] : {std::pair{1e-2, 1e-2}, {1e-3, 4e-3}, {1e-4, 1e-3}})
    EXPECT_LT((steep.theory(tolerance).risk / fine).log().abs().maxCoeff(), allowed) << tolerance;
}

// The mean of 64 runs from one start; the moments alone, which take entries as Gaussian, fall too fast.
TEST(EntriesOfSignSgd, FollowTrainingWhereTheSignalSaturates) {
  const Steep steep;
  const Problem& p = steep.problem;
  constexpr int runs = 64;
  const Eigen::MatrixXd scale = p.input.eigenvalue.sqrt().matrix().asDiagonal() * steep.basis.transpose();
  Eigen::ArrayXXd risk(runs, steep.record.size());
  for (int run = 0; run < runs; ++run) {
    Eigen::MatrixXd delta = steep.start * steep.basis.transpose();
    Eigen::Index next = 0;
    for (std::uint64_t t = 0; next < steep.record.size(); ++t) {
      if (static_cast<double>(t) == steep.record(next))
        risk(run, next++) = 0.5 * (delta * scale.transpose()).squaredNorm();
      Stream stream{.seed = 21, .trial = static_cast<std::uint64_t>(run), .step = t, .purpose = Purpose::batch_out};
      const Eigen::MatrixXd out = normals<double>(stream, 96, 32);
      stream.purpose = Purpose::batch_in;
      const Eigen::MatrixXd in = normals<double>(stream, 96, 48) * scale;
      const Eigen::VectorXd residual = (out * delta).cwiseProduct(in).rowwise().sum();
      delta -= steep.eta * (out.transpose() * (residual.asDiagonal() * in)).array().sign().matrix();
    }
  }
  const Eigen::ArrayXd mean = risk.colwise().mean().transpose();
  const Eigen::ArrayXd error =
      ((risk.rowwise() - mean.transpose()).square().colwise().sum().sqrt() / runs).transpose() / mean;
  const RiskCurve entries = steep.theory(1e-4);
  const RiskCurve moments = integrate_second_moment(p, steep.start.transpose() * steep.start,
                                                    FullSignSgd(p, steep.basis, FullClosureOptions::fast()), {},
                                                    ConstantRate{steep.eta}, steep.record, {.tolerance = 1e-4});
  for (Eigen::Index i = 0; i < steep.record.size(); ++i)
    EXPECT_LT(std::abs(std::log(entries.risk(i) / mean(i))), 0.03 + 3 * error(i)) << steep.record(i);
  EXPECT_GT((moments.risk / mean).log().abs().maxCoeff(), 0.045);
}

}  // namespace
}  // namespace muonphase
