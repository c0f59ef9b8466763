// Times to accuracy.
#include "muonphase/phase/accuracy.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "muonphase/core/error.hpp"
#include "muonphase/dynamics/integrate.hpp"
#include "muonphase/phase/accuracy_scaling.hpp"
#include "muonphase/phase/phase_map.hpp"
#include "muonphase/phase/prediction.hpp"
#include "phase/array.hpp"

namespace muonphase {
namespace {

ModeEquation cell(double d, double alpha, double beta, const char* optimizer, double noise = 0) {
  PhaseOptions options;
  options.dimension = d;
  options.label_noise = noise;
  options.horizon = array({1.0});
  const Problem problem = phase_problem(options, {alpha, beta});
  return mode_equation(problem, linear_coefficients(problem, make_optimizer(optimizer)).front());
}

// When the accurate integrator's risk first is the target; 0 and 1e300 where that is not within a factor 3.
double direct_time(const ModeEquation& equation, double rate, double target, double around) {
  const Eigen::Index count = 400;
  Eigen::ArrayXd recorded(count + 1);
  recorded << 0, around * Eigen::ArrayXd::LinSpaced(count, std::log(0.3), std::log(3)).exp();
  const Eigen::ArrayXd risk = integrate(equation, ConstantRate{rate}, recorded, {.tolerance = 1e-8}).risk;
  Eigen::Index i = 1;
  while (i <= count && risk(i) > target) ++i;
  if (i == 1 || i > count) return i == 1 ? 0 : 1e300;
  const double part = std::log(risk(i - 1) / target) / std::log(risk(i - 1) / risk(i));
  return recorded(i - 1) * std::pow(recorded(i) / recorded(i - 1), part);
}

TEST(Accuracy, FloorMatchedTimesAreThoseOfTheIntegrator) {
  for (const char* optimizer : {"signsvd", "signsgd"})
    for (const auto& [alpha, beta, noise] : {std::tuple{1.5, 0.7, 0.0}, {0.6, 1.4, 0.0}, {2.4, 2.0, 0.0}, {1.2, 0.4, 1e-3}}) {
      const ModeEquation equation = cell(1e5, alpha, beta, optimizer, noise);
      const Eigen::ArrayXd accuracy = array({1e-6, 1e-4, 1e-2, 0.1});
      const TunedCurve tuned = floor_matched_times(equation, accuracy, 2);
      for (Eigen::Index e = 0; e < accuracy.size(); ++e) {
        EXPECT_NEAR(tuned.learning_rate(e) / floor_rate(equation, accuracy(e)), 1, 1e-12);
        const double exact = direct_time(equation, tuned.learning_rate(e), 2 * accuracy(e), tuned.time(e));
        EXPECT_NEAR(tuned.time(e) / exact, 1, 1e-3) << optimizer << alpha << " " << accuracy(e);
      }
    }
}

TEST(Accuracy, BestRateTimesAreTheLeastOverRates) {
  for (const char* optimizer : {"signsvd", "signsgd", "sgd"}) {
    const ModeEquation equation = cell(1e4, 1.4, 1.2, optimizer);
    const Eigen::ArrayXd accuracy = array({1e-5, 1e-3, 0.05});
    const TunedCurve best = best_rate_times(equation, accuracy, 4);
    for (Eigen::Index e = 0; e < accuracy.size(); ++e) {
      double least = 1e300;
      for (double step = -0.6; step <= 0.6; step += 0.03)
        least = std::min(least, direct_time(equation, best.learning_rate(e) * std::exp(step), 4 * accuracy(e), best.time(e)));
      EXPECT_NEAR(best.time(e) / least, 1, 5e-3) << optimizer << " " << accuracy(e);
    }
  }
}

TEST(Accuracy, TheBestRateIsAtLeastAsFastAsTheMatchedOne) {
  for (const char* optimizer : {"signsvd", "signsgd"})
    for (const double beta : {0.5, 1.5, 3.0}) {
      const ModeEquation equation = cell(1e8, 1.4, beta, optimizer);
      const Eigen::ArrayXd accuracy = array({1e-7, 1e-5, 1e-3, 0.1});
      const Eigen::ArrayXd best = best_rate_times(equation, accuracy, 4).time,
                           matched = floor_matched_times(equation, accuracy, 4).time;
      EXPECT_TRUE((best < 1.002 * matched).all()) << best.transpose() << " " << matched.transpose();
    }
}

// A coarse target's best time hardly depends on d, while the floor-matched one is longer by a power of d: a thousand
// times at 10^12.
TEST(Accuracy, TheBestRateMayBeAThousandTimesFaster) {
  const Eigen::ArrayXd accuracy = array({1e-3, 1e-2, 0.1});
  const double at_8 = best_rate_times(cell(1e8, 1.2, 0.7, "signsvd"), accuracy, 4).time(2),
               at_10 = best_rate_times(cell(1e10, 1.2, 0.7, "signsvd"), accuracy, 4).time(2),
               at_12 = best_rate_times(cell(1e12, 1.2, 0.7, "signsvd"), accuracy, 4).time(2);
  EXPECT_NEAR(std::log(at_10 / at_8), 0, 0.1);
  EXPECT_NEAR(std::log(at_12 / at_8), 0, 0.1);
}

TEST(Accuracy, WhatIsNeverReachedIsInfinite) {
  const TunedCurve curve{array({1.0, 0.1, 0.01, 0.001, 0.001}), array({1.0, 1.0, 1.0, 1.0, 1.0})};
  const TunedCurve times = times_to(array({1e-4, 0.01, 5.0}), array({1.0, 10.0, 100.0, 1e3, 1e4}), curve);
  EXPECT_TRUE(std::isinf(times.time(0)) && std::isnan(times.learning_rate(0)));
  EXPECT_NEAR(times.time(1), 100, 1e-9);
  EXPECT_NEAR(times.time(2), 1, 1e-12);
}

TEST(Accuracy, VerdictsOfTheMapCountAccuraciesAboveTheCut) {
  PhaseCell cell;
  cell.cut = 1e-3;
  const Eigen::ArrayXd accuracy = array({1e-4, 1e-3, 1e-2, 1e-1});
  cell.tuned[0].time = array({1.0, 10.0, 10.0, 10.0});
  cell.tuned[1].time = array({9.0, 15.0, 10.0, 5.0});
  const Verdict tradeoff = verdict_of(cell, accuracy, 1.25);
  EXPECT_EQ(tradeoff.phase, Phase::tradeoff);
  EXPECT_NEAR(tradeoff.crossing, 1e-2, 1e-12);
  cell.cut = 2e-2;
  EXPECT_EQ(verdict_of(cell, accuracy, 1.25).phase, Phase::second);
  cell.cut = 1;
  EXPECT_EQ(verdict_of(cell, accuracy, 1.25).phase, Phase::indistinguishable);
}

// Numbers of the theorem at α = 1.5, β = 0.7, and the lines at which p* meets the cut.
TEST(Accuracy, PredictionsAreTheTheorems) {
  EXPECT_NEAR(predict_accuracy(1.5, 0.7).time[0], 0.625, 1e-12);
  EXPECT_NEAR(predict_accuracy(1.5, 0.7).time[1], 1.25, 1e-12);
  EXPECT_EQ(predict_accuracy(1.5, 3).time[1], 0.5);
  for (const auto& [alpha, beta, region] : {std::tuple{1.2, 0.9, 'A'}, {1.2, 1.1, 'B'}, {1.2, 2.3, 'C'}})
    EXPECT_EQ(predict_accuracy(alpha, beta).region, region);
  for (const double alpha : {1.2, 1.5, 1.9}) {
    EXPECT_NEAR(predict_accuracy(alpha, 2 * alpha - 1.0001).crossing, 3 * alpha - 2, 5e-3);
    EXPECT_TRUE(std::isnan(predict_accuracy(alpha, 2 * alpha - 0.999).crossing));
  }
  EXPECT_EQ(predict_accuracy(2.3, 2).crossing, 0);
  EXPECT_TRUE(std::isnan(predict_accuracy(0.8, 0.9).crossing));
  EXPECT_TRUE(std::isnan(predict_accuracy(0.3, 0.4).time[0]));
}

// Local exponents and p* at d = 10^4 … 10^12 against the theorem, away from its lines.
TEST(Accuracy, ExponentsTendToTheTheorems) {
  PhaseOptions options;
  options.criterion = Criterion::accuracy;
  options.policy = Policy::floor;
  options.accuracies = array({1e-3});
  const std::vector<PhasePoint> points = {{1.5, 0.7}, {1.5, 1.5}, {1.8, 2.0}, {2.4, 0.5}, {1.2, 1.9}, {0.3, 0.4}};
  const auto cells = compute_accuracy_scaling(options, points, array({1e4, 1e6, 1e8, 1e10, 1e12}));
  for (std::size_t c = 0; c + 1 < points.size(); ++c) {
    const AccuracyPrediction predicted = predict_accuracy(points[c].alpha, points[c].beta);
    for (std::size_t k = 0; k < 2; ++k) EXPECT_NEAR(cells[c].time[k].value, predicted.time[k], 0.02) << c << k;
    EXPECT_EQ(std::isnan(cells[c].crossing.value), std::isnan(predicted.crossing)) << c;
    if (!std::isnan(predicted.crossing)) {
      EXPECT_NEAR(cells[c].crossing.value, predicted.crossing, 0.03) << c;
    }
  }
  EXPECT_TRUE(std::isnan(cells.back().time[0].value));
  options.criterion = Criterion::horizon;
  EXPECT_THROW(compute_accuracy_scaling(options, points, array({1e4, 1e6, 1e8})), StudyError);
}

TEST(Accuracy, RefusesWhatCannotBe) {
  // Below what a scan keeps of the start.
  const ModeEquation equation = cell(40, 1, 1, "signsvd");
  EXPECT_THROW(best_rate_times(equation, array({1e-30, 1e-2}), 4), StudyError);
  EXPECT_TRUE(best_rate_times(equation, array({1e-20, 1e-2}), 4).time.isFinite().all());
  PhaseOptions options;
  options.criterion = Criterion::accuracy;
  options.accuracies = array({1e-4, 1e-2});
  EXPECT_NO_THROW(phase_points(options));
  options.policy = Policy::greedy;
  EXPECT_THROW(phase_points(options), StudyError);
  options.policy = Policy::floor;
  options.label_noise = 0.1;
  EXPECT_THROW(phase_points(options), StudyError);
  options.label_noise = 0;
  options.compare[1] = make_optimizer("sgd");
  EXPECT_THROW(phase_points(options), StudyError);
  options.compare[1] = make_optimizer("signsgd");
  options.accuracies = array({1e-4, 1.0});
  EXPECT_THROW(compute_phase_cells(options, {{1.0, 1.0}}), StudyError);
  options.criterion = Criterion::horizon;
  options.horizon = array({1.0});
  EXPECT_THROW(phase_points(options), StudyError);
}

}  // namespace
}  // namespace muonphase
