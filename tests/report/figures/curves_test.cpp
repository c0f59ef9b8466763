#include <gtest/gtest.h>

#include <cmath>

#include "muonphase/core/error.hpp"
#include "muonphase/report/figures/coefficient_curves.hpp"
#include "muonphase/report/figures/grid.hpp"
#include "muonphase/report/figures/rate_sweep.hpp"
#include "muonphase/report/figures/risk_curves.hpp"
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
    curves.monte_carlo.push_back({optimizer, t, 1.01 * r, 0.02 * r, {}});
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
  EXPECT_TRUE(contains(script, "set xtics out nomirror scale 0.55,0.3 font ',8' offset 0,0 norotate ('0' 0."));
  EXPECT_TRUE(contains(script, " 2\n1 1\n")) << script;  // R(0) = 2 before R(1) = 1
}

TEST(FigureRiskCurves, MonteCarloAloneIsALine) {
  RiskCurves curves = both();
  curves.theory.clear();
  curves.residuals.clear();
  curves.monte_carlo[0].trials = Eigen::ArrayXXd::Constant(3, 101, 0.5);
  curves.measured.push_back({"my_run.csv", steps(), steps() + 1});
  const Figure figure = risk_figure(curves);
  ASSERT_EQ(figure.panels.size(), 1u);
  EXPECT_EQ(of_kind(figure.panels[0], Kind::line).size(), 3u);  // two means and the trials of one
  ASSERT_EQ(of_kind(figure.panels[0], Kind::points).size(), 1u);
  EXPECT_EQ(of_kind(figure.panels[0], Kind::points)[0]->legend, Text("my_run.csv"));
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
  const Figure figure = coefficient_figure(curves);
  ASSERT_EQ(figure.panels.size(), 2u);
  int guides = 0;
  for (const Series& s : figure.panels[0].series) {
    if (!contains(s.legend.enhanced(), "slope")) continue;
    ++guides;
    const double slope = std::log(s.y(1) / s.y(0)) / std::log(s.x(1) / s.x(0));
    EXPECT_NEAR(slope, contains(s.legend.enhanced(), "1/2") ? 0.5 : 1.0, 1e-12);
  }
  EXPECT_EQ(guides, 2);
  CoefficientOptions drift_only;
  drift_only.diffusion = false;
  EXPECT_EQ(coefficient_figure(curves, drift_only).panels.size(), 1u);
}

TEST(FigureCoefficients, GuidesKeepClearOfOtherCurves) {
  const Eigen::ArrayXd lambda =
      Eigen::ArrayXd::LinSpaced(50, 0, 6).unaryExpr([](double e) { return std::pow(10, -e); });
  const Eigen::ArrayXd drift = lambda / (lambda + 1e-3).sqrt();
  // One curve where each guide would be drawn if the first were alone.
  const Figure figure = coefficient_figure({{"signsvd", lambda, drift, {}},
                                            {"signsgd", lambda, 2 * drift(0) * lambda.sqrt(), {}},
                                            {"sgd", lambda, 2 * drift(49) / lambda(49) * lambda, {}}});
  for (const Series& s : figure.panels[0].series) {
    if (!contains(s.legend.enhanced(), "slope")) continue;
    const bool root = contains(s.legend.enhanced(), "1/2");
    const double other = root ? 2 * drift(0) * std::sqrt(s.x(0)) : 2 * drift(49) / lambda(49) * s.x(0);
    EXPECT_GT(std::abs(std::log(s.y(0) / other)), 0.3);
  }
}

TEST(FigureCoefficients, IsotropicAndTwoSidedSpectra) {
  const Folder folder("muonphase-coefficients");
  const Eigen::ArrayXd one = Eigen::ArrayXd::Ones(4);
  save_figure(coefficient_figure({{"signsvd", one, 0.3 * one, {}}}), folder / "isotropic.svg");
  EXPECT_FALSE(contains(visible_text(contents(folder / "isotropic.svg")), "slope"));
  Eigen::ArrayXd mixed(4);
  mixed << 1, 0.1, 0.5, 0.05;
  EXPECT_EQ(of_kind(coefficient_figure({{"signsvd", mixed, mixed, {}}}).panels[0], Kind::points).size(), 1u);
}

TEST(FigureRateSweep, MinimisersAndEdgeAreMarked) {
  RateSweep sweep{"signsvd", Eigen::ArrayXd(5), Eigen::ArrayXd(2), Eigen::ArrayXXd(5, 2), 0.5};
  sweep.rate << 1e-3, 1e-2, 1e-1, 1, 10;
  sweep.horizon << 10, 100;
  sweep.risk.col(0) << 1, 0.8, 0.5, 0.9, std::nan("");
  sweep.risk.col(1) << 0.9, 0.2, 0.3, 1e6, std::nan("");
  const Figure figure = rate_sweep_figure({sweep});
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
  EXPECT_THROW(rate_sweep_figure({sweep}), StudyError);
}

TEST(FigureGrid, ValuesColoursAndNames) {
  Grid grid{"confusion", Eigen::ArrayXXd(2, 3), {"top", "bottom"}, {}};
  grid.value << 0, 0.5, 1, 0.25, std::nan(""), 0.75;
  const Panel panel = grid_figure({grid}).panels[0];
  EXPECT_EQ(panel.cells[0].rgb(0, 1), sequential(0).rgb);  // row 0 is on top
  EXPECT_EQ(panel.cells[0].rgb(2, 1), sequential(1).rgb);
  EXPECT_EQ(panel.cells[0].rgb(0, 0), sequential(0.25).rgb);
  EXPECT_EQ(panel.marks.size(), 5u);  // NaN has no number
  EXPECT_EQ(panel.y.ticks[0].label, Text("top"));
  EXPECT_EQ(panel.y.ticks[0].position, 1.5);
  ASSERT_TRUE(panel.color_bar);
  EXPECT_EQ(panel.color_bar->max, 1);
  grid.row_names.pop_back();
  EXPECT_THROW(grid_figure({grid}), StudyError);
}

TEST(FigureStyle, ColoursOfOptimizersAreFixedAndDistinct) {
  EXPECT_EQ(optimizer_style("signsvd").color.rgb, 0x0072B2u);
  EXPECT_EQ(optimizer_style("signsgd").color.rgb, 0xD55E00u);
  EXPECT_EQ(optimizer_style("specgd").color, optimizer_style("signsvd").color);
  EXPECT_NE(optimizer_style("signum").dash, optimizer_style("signsgd").dash);
  EXPECT_EQ(optimizer_label("muon"), "Muon");
  EXPECT_EQ(optimizer_label("mine"), "mine");
  EXPECT_EQ(sequential(0).rgb, 0x440154u);
  EXPECT_EQ(sequential(1).rgb, 0xFDE725u);
  EXPECT_EQ(readable_on(sequential(0)).rgb, 0xFFFFFFu);
  EXPECT_EQ(tint({0x000000}, 0.5).rgb, 0x808080u);
}

}  // namespace
}  // namespace muonphase::figures
