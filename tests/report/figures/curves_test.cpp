#include <gtest/gtest.h>

#include <cmath>

#include "muonphase/optimizers/registry.hpp"
#include "muonphase/core/error.hpp"
#include "muonphase/report/figures/curves.hpp"
#include "muonphase/report/figures/phase_map.hpp"
#include "report/figures/figure_files.hpp"

namespace muonphase::figures {
namespace {

std::vector<const Series*> of_kind(const Panel& panel, Kind kind) {
  std::vector<const Series*> list;
  for (const Series& s : panel.series)
    if (s.kind == kind) list.push_back(&s);
  return list;
}

Eigen::ArrayXd steps() {
  Eigen::ArrayXd t(101);
  for (int i = 0; i <= 100; ++i) t(i) = i == 0 ? 0 : std::pow(10, 0.03 * (i - 1));
  return t;
}

RiskCurves both() {
  RiskCurves curves;
  const Eigen::ArrayXd t = steps(), r = 2 / (1 + t);
  for (const char* optimizer : {"signsvd", "signsgd"}) {
    curves.theory.push_back({optimizer, t, r});
    curves.runs.push_back({optimizer, t, 1.01 * r, 0.02 * r, {}});
    curves.residuals.push_back(
        {optimizer, t, Eigen::ArrayXd::Constant(101, -std::log(1.01)), Eigen::ArrayXd::Constant(101, 0.02)});
  }
  curves.tolerance = 0.05;
  return curves;
}

TEST(FigureRiskCurves, TheoryIsALineAndMonteCarloABandWithMarkers) {
  const Figure figure = risk_figure(both());
  ASSERT_EQ(figure.panels.size(), 2u);
  const Panel& risk = figure.panels[0];
  EXPECT_EQ(of_kind(risk, Kind::line).size(), 2u);
  const auto bands = of_kind(risk, Kind::band), markers = of_kind(risk, Kind::points);
  ASSERT_EQ(bands.size(), 2u);
  ASSERT_EQ(markers.size(), 2u);
  EXPECT_NEAR(bands[0]->y(7), (1.01 - 0.04) * 2 / (1 + bands[0]->x(7)), 1e-12);
  EXPECT_NEAR(bands[0]->upper(7), (1.01 + 0.04) * 2 / (1 + bands[0]->x(7)), 1e-12);
  EXPECT_EQ(bands[0]->style.color.rgb, optimizer_style("signsvd").color.rgb);
  EXPECT_LT(markers[0]->x.size(), 40);  // readable, and both ends are there
  EXPECT_EQ(markers[0]->x(0), 0);
  EXPECT_EQ(markers[0]->x(markers[0]->x.size() - 1), steps()(100));
}

TEST(FigureRiskCurves, StepZeroIsShown) {
  const std::string script = gnuplot_script(risk_figure(both()), Format::svg);
  EXPECT_TRUE(contains(script, "set xtics out nomirror scale 0.55,0.3 norotate font ',8' 1, 10\nset xtics add ('0' 0."))
      << script;
  EXPECT_TRUE(contains(script, " 2\n1 1\n")) << script;  // R(0) = 2 before R(1) = 1
}

TEST(FigureRiskCurves, MonteCarloAloneIsALine) {
  RiskCurves curves = both();
  curves.theory.clear();
  curves.residuals.clear();
  curves.runs[0].trials = Eigen::ArrayXXd::Constant(3, 101, 0.5);
  curves.measured.push_back({"my_run.csv", steps(), steps() + 1});
  const Figure figure = risk_figure(curves);
  ASSERT_EQ(figure.panels.size(), 1u);
  EXPECT_EQ(of_kind(figure.panels[0], Kind::line).size(), 3u);  // two means and the trials of one
  ASSERT_EQ(of_kind(figure.panels[0], Kind::points).size(), 1u);
  EXPECT_EQ(of_kind(figure.panels[0], Kind::points)[0]->legend, Label("my_run.csv"));
}

TEST(FigureRiskCurves, ResidualsShareTheAxisAndShowTheTolerance) {
  const Figure figure = risk_figure(both());
  EXPECT_TRUE(figure.share_x);
  EXPECT_FALSE(figure.panels[0].x.show_tick_labels);
  std::vector<double> lines;
  for (const Series* s : of_kind(figure.panels[1], Kind::horizontal)) lines.push_back(s->y(0));
  EXPECT_EQ(lines, (std::vector<double>{0, 0.05, -0.05}));
}

TEST(FigureCoefficients, GuidesHaveTheirSlopes) {
  const Eigen::ArrayXd lambda =
      Eigen::ArrayXd::LinSpaced(50, 0, 6).unaryExpr([](double e) { return std::pow(10, -e); });
  const std::vector<CoefficientCurve> curves = {{"signsvd", lambda, lambda / (lambda + 1e-3).sqrt(), lambda}};
  const Figure figure = coefficient_figure(curves, "λ");
  ASSERT_EQ(figure.panels.size(), 2u);
  int guides = 0;
  for (const Series& s : figure.panels[0].series) {
    if (!contains(s.legend.enhanced(), "slope")) continue;
    ++guides;
    const double slope = std::log(s.y(1) / s.y(0)) / std::log(s.x(1) / s.x(0));
    EXPECT_NEAR(slope, contains(s.legend.enhanced(), "1/2") ? 0.5 : 1.0, 1e-12);
  }
  EXPECT_EQ(guides, 2);
  EXPECT_EQ(coefficient_figure({{"signsvd", lambda, lambda, {}}}, "λ").panels.size(), 1u);
}

TEST(FigureCoefficients, IsotropicAndTwoSidedSpectra) {
  const Folder folder("muonphase-coefficients");
  const Eigen::ArrayXd one = Eigen::ArrayXd::Ones(4);
  save_figure(coefficient_figure({{"signsvd", one, 0.3 * one, {}}}, "λ"), folder / "isotropic.svg");
  EXPECT_FALSE(contains(visible_text(contents(folder / "isotropic.svg")), "slope"));
  Eigen::ArrayXd mixed(4);
  mixed << 1, 0.1, 0.5, 0.05;
  EXPECT_EQ(of_kind(coefficient_figure({{"signsvd", mixed, mixed, {}}}, "λ").panels[0], Kind::points).size(), 1u);
}

TEST(FigureRateSweep, MinimisersAndEdgeAreMarked) {
  LearningRateSweep sweep{Eigen::ArrayXd(5), Eigen::ArrayXd(2), Eigen::ArrayXXd(5, 2), 0.5};
  sweep.learning_rate << 1e-3, 1e-2, 1e-1, 1, 10;
  sweep.horizon << 10, 100;
  sweep.risk.col(0) << 1, 0.8, 0.5, 0.9, std::nan("");
  sweep.risk.col(1) << 0.9, 0.2, 0.3, 1e6, std::nan("");
  const Figure figure = rate_sweep_figure({{"signsvd", sweep}});
  const Panel& panel = figure.panels[0];
  const auto best = of_kind(panel, Kind::points);
  ASSERT_EQ(best.size(), 1u);
  EXPECT_EQ(best[0]->x(0), 1e-1);
  EXPECT_EQ(best[0]->x(1), 1e-2);
  EXPECT_EQ(best[0]->y(1), 0.2);
  ASSERT_EQ(of_kind(panel, Kind::vertical).size(), 1u);
  EXPECT_EQ(of_kind(panel, Kind::vertical)[0]->x(0), 0.5);
  EXPECT_EQ(panel.y.max, 10);  // a diverged run does not squeeze the rest
  EXPECT_NE(panel.series[0].style.color, panel.series[1].style.color);
  sweep.risk.resize(4, 2);
  EXPECT_THROW(rate_sweep_figure({{"signsvd", sweep}}), StudyError);
}

TEST(FigureStyle, EveryOptimizerHasAColourOfItsOwn) {
  EXPECT_EQ(optimizer_color("signsvd").rgb, 0x0072B2u);
  EXPECT_EQ(optimizer_color("signsgd").rgb, 0xD55E00u);
  const std::vector<std::string>& names = optimizer_names();
  // Apart by more than what passes for one colour, as lines and as the paler fills of a map, where trade-offs and
  // indistinguishable cells have colours too.
  const auto apart = [](Color a, Color b) {
    double sum = 0;
    for (const int shift : {0, 8, 16}) {
      const double d = static_cast<double>((a.rgb >> shift) & 255) - static_cast<double>((b.rgb >> shift) & 255);
      sum += d * d;
    }
    return std::sqrt(sum);
  };
  for (const auto& a : names) {
    EXPECT_GT(apart(optimizer_color(a), grey), 60) << a;
    for (const auto& b : names) {
      if (a >= b) continue;
      EXPECT_GT(apart(optimizer_color(a), optimizer_color(b)), 50) << a << " " << b;
      const auto fills = phase_colors({a, b});
      for (std::size_t i = 0; i < 4; ++i)
        for (std::size_t j = 0; j < i; ++j) EXPECT_GT(apart(fills[i], fills[j]), 25) << a << " " << b << i << j;
    }
  }
  for (const auto& [full, batch] : {std::pair{"gd", "sgd"}, {"signgd", "signsgd"}, {"specgd", "signsvd"}})
    EXPECT_EQ(optimizer_color(full), optimizer_color(batch));
  EXPECT_EQ(optimizer_style("nmd").dash, Dash::solid);  // dashes tell kinds of curves, not optimizers
  EXPECT_EQ(optimizer_label("muon"), "Muon");
  EXPECT_EQ(optimizer_label("mine"), "mine");
  EXPECT_EQ(sequential(0).rgb, 0x440154u);
  EXPECT_EQ(sequential(1).rgb, 0xFDE725u);
  EXPECT_EQ(readable_on(sequential(0)).rgb, 0xFFFFFFu);
  EXPECT_EQ(tint({0x000000}, 0.5).rgb, 0x808080u);
}

}  // namespace
}  // namespace muonphase::figures
