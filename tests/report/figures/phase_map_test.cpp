#include "muonphase/report/figures/phase_map.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "muonphase/core/error.hpp"
#include "report/figures/figure_files.hpp"

namespace muonphase::figures {
namespace {

/// SignSVD below β = 0.8, SignSGD where also α < 1, trade-off elsewhere with T = 10 · 100^β.
PhasePanel three_phases(int alphas, int betas) {
  PhasePanel map;
  map.alpha = Eigen::ArrayXd::LinSpaced(alphas, 0, 2.6);
  map.beta = Eigen::ArrayXd::LinSpaced(betas, 0, 3.0);
  map.phase.resize(alphas, betas);
  map.crossing = {map.alpha, map.beta, Eigen::ArrayXXd::Constant(alphas, betas, std::nan(""))};
  for (int a = 0; a < alphas; ++a)
    for (int b = 0; b < betas; ++b) {
      map.phase(a, b) = map.beta(b) < 0.8 ? 2 : map.alpha(a) < 1 ? 1 : 3;
      if (map.phase(a, b) == 3) map.crossing.value(a, b) = std::pow(10, 1 + 2 * map.beta(b));
    }
  return map;
}

std::string plain(const Label& text) {
  return text.enhanced();
}

const Series* find_series(const Panel& panel, const std::string& legend) {
  for (const Series& s : panel.series)
    if (contains(plain(s.legend), legend)) return &s;
  return nullptr;
}

TEST(FigurePhaseMap, CellsHaveTheColourOfTheirPhase) {
  const PhasePanel map = three_phases(14, 16);
  const Figure figure = phase_map_figure({map});
  ASSERT_EQ(figure.panels.size(), 1u);
  const Panel& panel = figure.panels[0];
  ASSERT_TRUE(panel.cells);
  std::set<std::uint32_t> colors;
  for (int phase : {1, 2, 3}) {
    std::set<std::uint32_t> here;
    for (int a = 0; a < 14; ++a)
      for (int b = 0; b < 16; ++b)
        if (map.phase(a, b) == phase) here.insert(panel.cells->rgb(a, b));
    ASSERT_EQ(here.size(), 1u);
    colors.insert(*here.begin());
  }
  EXPECT_EQ(colors.size(), 3u);
  ASSERT_EQ(panel.legend.size(), 3u);
  EXPECT_EQ(panel.legend[0].text, Label("SignSVD favoured"));
  EXPECT_EQ(panel.legend[0].fill->rgb, panel.cells->rgb(0, 0));
  EXPECT_EQ(panel.legend[1].fill->rgb, panel.cells->rgb(0, 15));
  EXPECT_EQ(panel.legend[2].fill->rgb, panel.cells->rgb(13, 15));
}

TEST(FigurePhaseMap, RegionsAreNamedInsideThemselves) {
  const PhasePanel map = three_phases(27, 31);
  const Panel panel = phase_map_figure({map}).panels[0];
  std::set<std::string> named;
  for (const Mark& mark : panel.marks) {
    const std::string text = plain(mark.text);
    Eigen::Index a = 0, b = 0;
    (map.alpha - mark.x).abs().minCoeff(&a);
    (map.beta - mark.y).abs().minCoeff(&b);
    const int expected = contains(text, "SignSVD") ? 2 : contains(text, "SignSGD") ? 1 : 3;
    EXPECT_EQ(map.phase(a, b), expected) << text;
    EXPECT_TRUE(named.insert(text).second) << text;
  }
  EXPECT_TRUE(named.count("{/:Bold SignSVD}") && named.count("{/:Bold SignSGD}") && named.count("{/:Bold trade-off}"));
}

TEST(FigurePhaseMap, ContoursLieWhereTheCrossingHorizonHasTheirValue) {
  const Panel panel = phase_map_figure({three_phases(27, 31)}).panels[0];
  const Series* contours = find_series(panel, "crossing horizon");
  ASSERT_TRUE(contours);
  for (Eigen::Index i = 0; i < contours->x.size(); ++i) {
    if (std::isnan(contours->x(i))) continue;
    const double exponent = 1 + 2 * contours->y(i);
    EXPECT_NEAR(exponent, std::round(exponent), 1e-6);
    EXPECT_GE(contours->x(i), 0.949);  // the side of the cells of α = 1
  }
  for (const Mark& mark : panel.marks) {
    if (!contains(plain(mark.text), "10^{")) continue;
    EXPECT_EQ(plain(mark.text), "10^{" + std::to_string(std::lround(1 + 2 * mark.y)) + "}");
  }
}

TEST(FigurePhaseMap, PredictedLinesFollowTheTheory) {
  PhasePanel map = three_phases(27, 31);
  map.boundaries = horizon_boundaries();
  const Panel panel = phase_map_figure({map}).panels[0];
  int late = 0, early = 0;
  for (const Series& s : panel.series) {
    const bool is_late = contains(plain(s.legend), "late"), is_early = contains(plain(s.legend), "early");
    late += is_late;
    early += is_early;
    for (Eigen::Index i = 0; i < s.x.size(); ++i) {
      if (is_late) {
        EXPECT_NEAR(s.y(i), std::max(1.0, std::min(2 * s.x(i) - 1, s.x(i) + 1)), 1e-9);
      }
      if (is_early) {
        EXPECT_TRUE(s.x(i) == 1 || std::abs(2 * s.x(i) + s.y(i) - 1) < 1e-9) << s.x(i) << " " << s.y(i);
      }
      if (is_early || is_late) {  // cut to the map
        EXPECT_GE(s.x(i), panel.cells->x_edges(0) - 1e-9);
        EXPECT_LE(s.y(i), panel.cells->y_edges(31) + 1e-9);
      }
    }
  }
  EXPECT_EQ(late, 3);
  EXPECT_EQ(early, 2);
  map.boundaries.clear();
  EXPECT_FALSE(find_series(phase_map_figure({map}).panels[0], "predicted"));
}

TEST(FigurePhaseMap, BothPhasesOfAPairHaveTheirColour) {
  PhaseMapOptions options;
  options.optimizers = {"signsgd", "signum"};
  const Panel panel = phase_map_figure({three_phases(8, 8)}, options).panels[0];
  EXPECT_EQ(panel.cells->rgb(0, 7), tint(optimizer_color("signsgd"), 0.5).rgb);
  EXPECT_EQ(panel.cells->rgb(0, 0), tint(optimizer_color("signum"), 0.5).rgb);
  EXPECT_NE(panel.cells->rgb(0, 7), panel.cells->rgb(0, 0));
}

TEST(FigurePhaseMap, AnySizeIsDrawn) {
  const Folder folder("muonphase-phase-map");
  for (const auto& [alphas, betas] : {std::pair{1, 1}, {1, 7}, {7, 1}, {65, 65}}) {
    PhasePanel map = three_phases(alphas, betas);
    map.phase(0, 0) = 0;
    save_figure(phase_map_figure({map}), folder / "map.svg");
    EXPECT_TRUE(contains(visible_text(contents(folder / "map.svg")), "indistinguishable"));
  }
}

TEST(FigurePhaseMap, SeveralMapsShareOneLegend) {
  const Folder folder("muonphase-phase-maps");
  std::vector<PhasePanel> maps(3, three_phases(14, 16));
  for (int i = 0; i < 3; ++i) maps[i].title = "batch " + std::to_string(i);
  save_figure(phase_map_figure(maps, {"Third axis", "greedy rate"}), folder / "maps.svg");
  const std::string svg = visible_text(contents(folder / "maps.svg"));
  EXPECT_EQ(svg.find("SignSVD favoured"), svg.rfind("SignSVD favoured"));
  for (const char* text : {"batch 0", "batch 1", "batch 2", "Third axis", "greedy rate"})
    EXPECT_TRUE(contains(svg, text)) << text;
}

TEST(FigurePhaseMap, RejectsMapsThatDoNotMatch) {
  PhasePanel map = three_phases(4, 5);
  map.phase(2, 2) = 4;
  EXPECT_THROW(phase_map_figure({map}), StudyError);
  map = three_phases(4, 5);
  map.alpha.conservativeResize(3);
  EXPECT_THROW(phase_map_figure({map}), StudyError);
  map = three_phases(4, 5);
  map.crossing.value.resize(5, 4);
  EXPECT_THROW(phase_map_figure({map}), StudyError);
  map = three_phases(4, 5);
  map.beta(1) = map.beta(0);
  EXPECT_THROW(phase_map_figure({map}), StudyError);
}

}  // namespace
}  // namespace muonphase::figures
