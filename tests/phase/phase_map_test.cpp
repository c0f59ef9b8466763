#include "muonphase/phase/phase_map.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "muonphase/core/error.hpp"
#include "muonphase/optimizers/ode.hpp"
#include "phase/array.hpp"

namespace muonphase {
namespace {

TEST(Classify, TheFourPhases) {
  EXPECT_EQ(classify(array({0.1, -0.1}), 1.25), Phase::indistinguishable);
  EXPECT_EQ(classify(array({0.1, -0.5}), 1.25), Phase::first);
  EXPECT_EQ(classify(array({0.5, -0.1}), 1.25), Phase::second);
  EXPECT_EQ(classify(array({0.5, -0.5}), 1.25), Phase::tradeoff);
  EXPECT_EQ(classify(array({0.5, -0.5}), 1.7), Phase::indistinguishable);
}

TEST(Classify, CrossingHorizonIsWhereTheRatioChangesSign) {
  const Eigen::ArrayXd t = array({1, 10, 100, 1000, 1e4});
  EXPECT_NEAR(crossing_horizon(t, array({0.5, 0.5, 0.1, -0.1, -1}), 1.25), std::sqrt(100 * 1000.0), 1e-9);
  EXPECT_NEAR(crossing_horizon(t, array({-0.1, 0.5, -0.5, -0.1, -1}), 1.25), std::sqrt(10 * 100.0), 1e-9);
  EXPECT_TRUE(std::isnan(crossing_horizon(t, array({0.5, 0.5, 0.1, -0.1, -0.1}), 1.25)));
}

PhaseOptions prototype() {
  PhaseOptions options;
  options.alpha = Eigen::ArrayXd::LinSpaced(14, 0, 2.6);
  options.beta = array({0.0, 0.4, 0.8, 1.2, 1.6, 2.0, 2.4, 3.0});
  options.horizon = Eigen::ArrayXd::LinSpaced(40, 0, 7.5 * std::log(10.0)).exp();
  options.dimension = 1e5;
  options.output_ratio = 1000;
  return options;
}

// The map of two independent implementations (V SignSVD, G SignSGD, X trade-off), α = 0.0 … 1.3, β from 1.5 down to 0.
TEST(PhaseMap, ReproducesTheReferenceMap) {
  const std::string reference[] = {"VVVVVVVVVVVVVV", "VVVXXXXXXVVVVV", "VVXXXXXXXXXXVV", "VXGGGXXXXXXXXX",
                                   "VGGGGGGXXXXXXX", "VGGGGGGGXXXXXX", "VGGGGGGGGXXXXX", "VGGGGGGGGGGXXX"};
  const PhaseMap map = compute_phase_map(prototype());
  int same = 0, total = 0;
  std::string drawn;
  for (Eigen::Index j = map.beta.size() - 1; j >= 0; --j) {
    for (Eigen::Index i = 0; i < map.alpha.size(); ++i) {
      const char letter = "-GVX"[static_cast<int>(classify(map.cell(i, j).log_ratio(), 1.25))];
      drawn += letter;
      same += letter == reference[j][static_cast<std::size_t>(i)];
      ++total;
    }
    drawn += '\n';
  }
  EXPECT_GE(same, std::ceil(0.95 * total)) << drawn;
  RecordProperty("cells_equal", same);
  RecordProperty("cells", total);
}

TEST(PhaseMap, DoesNotDependOnTheNumberOfThreads) {
  PhaseOptions options = prototype();
  options.alpha = array({0.6, 1.8});
  options.beta = array({0.4, 2.0});
  options.horizon = array({1, 100, 1e4});
  options.threads = 1;
  const PhaseMap one = compute_phase_map(options);
  options.threads = 2;
  const PhaseMap two = compute_phase_map(options);
  for (std::size_t c = 0; c < one.cells.size(); ++c) {
    EXPECT_TRUE((one.cells[c].tuned[0].risk == two.cells[c].tuned[0].risk).all());
    EXPECT_TRUE((one.cells[c].tuned[1].learning_rate == two.cells[c].tuned[1].learning_rate).all());
  }
}

// Greedy rates do what is best now. Against the best constant rate of each horizon, SignSGD's are ahead over the first
// twenty steps; later both lose, SignSVD's at once: the rate falls with the risk before weak modes have moved.
TEST(PhaseMap, GreedyRatesLeadEarlyOrNotAtAll) {
  PhaseOptions options = prototype();
  options.alpha = array({1.4});
  options.beta = array({0.6});
  const PhaseCell constant = compute_phase_map(options).cells[0];
  options.policy = Policy::greedy;
  const PhaseCell greedy = compute_phase_map(options).cells[0];
  const Eigen::ArrayXd svd = greedy.tuned[0].risk / constant.tuned[0].risk,
                       sign = greedy.tuned[1].risk / constant.tuned[1].risk;
  const auto last = svd.size() - 1;
  EXPECT_NEAR(svd(0), 1, 5e-3);  // one step, of the best length
  EXPECT_NEAR(sign(0), 1, 5e-3);
  for (Eigen::Index h = 0; h <= last; ++h) {
    const double t = options.horizon(h);
    EXPECT_GT(svd(h), 1) << t;
    if (t > 2 && t < 20) {
      EXPECT_LT(sign(h), 0.995) << t;
    } else if (t > 50) {
      EXPECT_GT(sign(h), 1.05) << t;
      EXPECT_GT(svd(h), sign(h)) << t;
    }
  }
  EXPECT_LT(sign.minCoeff(), 0.965);
  EXPECT_GT(sign(last), 100);
}

// The tuned rate runs in a Haar basis at a finite batch: the integrator of ode_curve() reaches the risk there, and no
// rate of a grid around it does better.
TEST(PhaseMap, ExplicitBasisAndFiniteBatchAreTunedToTheBestRate) {
  PhaseOptions options = prototype();
  options.alpha = array({1.6});
  options.beta = array({1.0});
  options.horizon = array({1, 10, 100});
  options.dimension = 64;
  options.output_ratio = 2;
  options.batch_ratio = 0.5;
  options.basis = Basis::haar;
  const PhaseCell haar = compute_phase_map(options).cells[0];
  const Problem problem = phase_problem(options, {1.6, 1.0});
  EXPECT_EQ(problem.batch, 32);
  for (std::size_t k = 0; k < 2; ++k)
    for (const Eigen::Index h : {1, 2}) {
      const auto risk = [&](double factor) {
        return ode_curve(problem, options.compare[k], ConstantRate{factor * haar.tuned[k].learning_rate(h)},
                         array({0, options.horizon(h)}), {.bases = 1, .seed = options.seed})
            .risk(1);
      };
      EXPECT_NEAR(risk(1) / haar.tuned[k].risk(h), 1, 1e-2) << k << " " << h;
      for (const double factor : {0.5, 0.7, 0.85, 1.15, 1.4, 2.0})
        EXPECT_GT(risk(factor) / haar.tuned[k].risk(h), 0.998) << k << " " << h << " " << factor;
    }
  // What the basis is matters to SignSGD alone.
  options.basis = Basis::eigen;
  const PhaseCell eigen = compute_phase_map(options).cells[0];
  EXPECT_TRUE((eigen.tuned[0].risk == haar.tuned[0].risk).all());
  EXPECT_GT((eigen.tuned[1].risk / haar.tuned[1].risk - 1).abs().maxCoeff(), 0.1);
}

// Any pair: exchanged, the ratio changes sign; SGD takes the place of either.
TEST(PhaseMap, ComparesAnyPair) {
  PhaseOptions options = prototype();
  options.alpha = array({1.6});
  options.beta = array({1.0});
  options.horizon = array({1, 1e3, 1e6});
  const PhaseCell usual = compute_phase_map(options).cells[0];
  options.compare = {make_optimizer("signsgd"), make_optimizer("signsvd")};
  const PhaseCell exchanged = compute_phase_map(options).cells[0];
  EXPECT_LT((exchanged.log_ratio() + usual.log_ratio()).abs().maxCoeff(), 1e-14);
  options.compare = {make_optimizer("signsvd"), make_optimizer("sgd")};
  const PhaseCell against_sgd = compute_phase_map(options).cells[0];
  EXPECT_TRUE((against_sgd.tuned[0].risk == usual.tuned[0].risk).all());
  EXPECT_GT((against_sgd.tuned[1].risk / usual.tuned[1].risk - 1).abs().maxCoeff(), 0.01);
  options.compare = {make_optimizer("signsvd"), make_optimizer("shampoo")};
  EXPECT_THROW(compute_phase_map(options), StudyError);
}

// A slice of a map with a third axis is the map computed there, whichever axis it is.
TEST(PhaseMap, ThirdAxisIsManyMaps) {
  PhaseOptions options = prototype();
  options.alpha = array({0.6, 1.8});
  options.beta = array({0.8});
  options.horizon = array({1, 1e3, 1e5});
  options.dimension = 1000;
  options.output_ratio = 1;
  options.batch_ratio = 0.5;
  const std::pair<ThirdAxis, Eigen::ArrayXd> axes[] = {{ThirdAxis::batch_ratio, array({0.1, infinite_batch})},
                                                       {ThirdAxis::output_ratio, array({0.5, 3})},
                                                       {ThirdAxis::dimension, array({100, 3000})},
                                                       {ThirdAxis::label_noise, array({0, 0.7})},
                                                       {ThirdAxis::alpha_out, array({0, 0.8})}};
  for (const auto& [axis, values] : axes) {
    PhaseOptions swept = options;
    swept.third_axis = axis;
    swept.third = values;
    const PhaseMap map = compute_phase_map(swept);
    ASSERT_EQ(map.cells.size(), 4u) << name_of(axis);
    const PhaseMap slice = compute_phase_map(at_third(swept, values(1)));
    for (Eigen::Index i = 0; i < 2; ++i)
      for (std::size_t k = 0; k < 2; ++k) {
        EXPECT_TRUE((map.cell(i, 0, 1).tuned[k].risk == slice.cell(i, 0).tuned[k].risk).all()) << name_of(axis);
        EXPECT_FALSE((map.cell(i, 0, 0).tuned[k].risk == slice.cell(i, 0).tuned[k].risk).all()) << name_of(axis);
      }
  }
}

TEST(PhaseMap, OutputExponentMayFollowAlpha) {
  PhaseOptions options = prototype();
  options.alpha_out = tied_to_alpha;
  EXPECT_DOUBLE_EQ(phase_problem(options, {.alpha = 0.8, .beta = 0.4}).output.eigenvalue(1), std::pow(2, -0.8));
}

TEST(PhaseMap, FullClosureAtFiniteBatch) {
  PhaseOptions options = prototype();
  options.alpha = array({1.6});
  options.beta = array({0.6});
  options.horizon = array({1, 20, 400});
  options.dimension = 12;
  options.output_ratio = 1.5;
  options.batch_ratio = 0.5;
  const PhaseCell linear = compute_phase_map(options).cells[0];
  options.closure = Closure::full;
  const PhaseCell full = compute_phase_map(options).cells[0];
  const Problem problem = phase_problem(options, {1.6, 0.6});
  for (std::size_t k = 0; k < 2; ++k) {
    EXPECT_LT(full.tuned[k].risk(2), 0.5 * full.initial_risk);
    EXPECT_GT((full.tuned[k].risk / linear.tuned[k].risk - 1).abs().maxCoeff(), 0.02);
    // The rate reaches the risk, which is interpolated.
    const Eigen::ArrayXd recorded = array({0, 400});
    const RiskCurve curve = ode_curve(problem, options.compare[k], ConstantRate{full.tuned[k].learning_rate(2)},
                                      recorded, {.closure = Closure::full, .accuracy = Accuracy::fast});
    EXPECT_NEAR(curve.risk(1) / full.tuned[k].risk(2), 1, 0.01);
  }
}

TEST(PhaseMap, FullClosureRefusesWhatItCannot) {
  PhaseOptions options = prototype();
  options.alpha = options.beta = array({1.0});
  options.horizon = array({1, 10});
  options.dimension = 12;
  options.output_ratio = 1;
  options.closure = Closure::full;
  const auto refusal = [&](auto change) -> std::string {
    PhaseOptions changed = options;
    changed.batch_ratio = 1;
    change(changed);
    try {
      phase_problem(changed, {1.0, 1.0});
    } catch (const StudyError& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_EQ(refusal([](PhaseOptions&) {}), "");
  EXPECT_NE(refusal([](PhaseOptions& o) { o.batch_ratio = infinite_batch; }).find("must be a number"),
            std::string::npos);
  EXPECT_EQ(refusal([](PhaseOptions& o) { o.dimension = 1e6; }), "");
  EXPECT_NE(refusal([](PhaseOptions& o) {
              o.dimension = 2000;
              o.basis = Basis::haar;
            }).find("up to 1024"),
            std::string::npos);
  EXPECT_NE(refusal([](PhaseOptions& o) { o.horizon(1) = 2.5; }).find("whole steps"), std::string::npos);
}

// Kept cells are not computed again, and the map is the same.
TEST(PhaseMap, KnownCellsAreFoundAgain) {
  PhaseOptions options = prototype();
  options.alpha = array({0.6, 1.8});
  options.beta = array({0.4, 2.0});
  options.horizon = array({1, 100, 1e4});
  std::vector<std::pair<Message, Message>> kept;
  const CellWork keeping{.crew = nullptr,
                         .store = {.find = {}, .keep = [&](const Message& request, const PhaseCell& cell) {
                                     kept.emplace_back(request, pack(cell));
                                   }}};
  const PhaseMap map = compute_phase_map(options, {}, keeping);
  ASSERT_EQ(kept.size(), 4u);
  int computed = 0;
  const CellWork finding{.crew = nullptr,
                         .store = {.find = [&](const Message& request) -> std::optional<PhaseCell> {
                                     for (const auto& [known, message] : kept)
                                       if (known == request && request[1] == 2.0) return unpack(message);
                                     return std::nullopt;
                                   },
                                   .keep = [&](const Message&, const PhaseCell&) { ++computed; }}};
  const PhaseMap again = compute_phase_map(options, {}, finding);
  EXPECT_EQ(computed, 2);
  for (std::size_t c = 0; c < 4; ++c) EXPECT_EQ(pack(again.cells[c]), pack(map.cells[c]));
}

TEST(PhaseMap, StopsWhenAskedAndRefusesBadOptions) {
  PhaseOptions options = prototype();
  EXPECT_THROW(compute_phase_map(options, {.progress = {}, .interrupted = [] { return true; }}), Interrupted);
  options.basis = Basis::haar;
  EXPECT_THROW(compute_phase_map(options), StudyError);
  options.basis = Basis::generic;
  options.horizon = array({10, 1});
  EXPECT_THROW(compute_phase_map(options), StudyError);
}

}  // namespace
}  // namespace muonphase
