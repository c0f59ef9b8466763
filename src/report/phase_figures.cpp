#include "report/phase_figures.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "muonphase/phase/prediction.hpp"
#include "muonphase/report/figures/phase_map.hpp"
#include "muonphase/results/phase_analyses.hpp"
#include "muonphase/results/results.hpp"

namespace muonphase {
namespace {

using figures::Figure, figures::Label, figures::Panel, figures::PhasePanel, figures::Series, figures::Style,
    figures::equation;

Eigen::ArrayXd array(const std::vector<double>& v) {
  return Eigen::Map<const Eigen::ArrayXd>(v.data(), static_cast<Eigen::Index>(v.size()));
}

// "B/d = 0.1", the title of one map of several.
Label third_title(ThirdAxis axis, double value) {
  switch (axis) {
    case ThirdAxis::batch_ratio:
      return std::isinf(value) ? Label("B → ∞") : equation("B/d", value);
    case ThirdAxis::output_ratio:
      return equation("n/d", value);
    case ThirdAxis::dimension:
      return equation("d", value);
    case ThirdAxis::label_noise:
      return equation("σ", value);
    case ThirdAxis::alpha_out:
      return Label::markup("α_{out}") + equation("", value);
    case ThirdAxis::none:
      break;
  }
  return {};
}

// What all maps have in common: "d = 10^6, n/d = 1, B → ∞, ".
Label common(const PhaseOptions& options, bool with_dimension) {
  Label text;
  const auto add = [&](ThirdAxis axis, double value, bool worth_saying) {
    if (axis != options.third_axis && worth_saying) text = text + third_title(axis, value) + ", ";
  };
  add(ThirdAxis::dimension, options.dimension, with_dimension);
  add(ThirdAxis::output_ratio, options.output_ratio, true);
  add(ThirdAxis::batch_ratio, options.batch_ratio, true);
  add(ThirdAxis::label_noise, options.label_noise, options.label_noise > 0);
  if (options.alpha_out == tied_to_alpha)
    text = text + Label::markup("α_{out} = α, ");
  else
    add(ThirdAxis::alpha_out, options.alpha_out, options.alpha_out > 0);
  return text;
}

// The boundaries of docs/theory.md §6 where it speaks of such a map.
std::vector<figures::Boundary> boundaries_of(const PhaseOptions& o) {
  const bool predicted = is_predicted({o.compare[0].name(), o.compare[1].name()}) && std::isinf(o.batch_ratio) &&
                         o.alpha_out == 0 && o.label_noise == 0 && o.closure == Closure::linear &&
                         o.basis == Basis::generic;
  if (!predicted) return {};
  if (o.criterion == Criterion::accuracy)
    return figures::accuracy_boundaries(1 - std::log(o.accuracies(0)) / std::log(o.dimension));
  return o.policy == Policy::constant ? figures::horizon_boundaries() : std::vector<figures::Boundary>{};
}

// Cells tested by training, of one value of the third axis.
std::vector<Series> verified(const Hdf5Reader& file, const PhaseMap& map, double third) {
  if (!file.has("/verify")) return {};
  const auto column = [&](const std::string& name) { return file.numbers("/verify/" + name).values; };
  const auto alpha = column("alpha"), beta = column("beta"), holds = column("verdict_holds");
  const auto thirds =
      map.third_axis == ThirdAxis::none ? std::vector(alpha.size(), third) : column(name_of(map.third_axis));
  std::array<std::vector<double>, 2> x, y;
  for (std::size_t i = 0; i < alpha.size(); ++i)
    if (thirds[i] == third) {
      x[holds[i] != 0].push_back(alpha[i]);
      y[holds[i] != 0].push_back(beta[i]);
    }
  std::vector<Series> marks;
  Style style;
  style.marker_size = 5;
  for (const std::size_t kind : {1, 0}) {
    style.marker = kind ? figures::Marker::open_circle : figures::Marker::cross;
    if (!x[kind].empty())
      marks.push_back(
          figures::points(array(x[kind]), array(y[kind]), style, kind ? "training agrees" : "training disagrees"));
  }
  return marks;
}

// Cells outside the range of the closure, of one value of the third axis: dots.
void mark_outside(const Hdf5Reader& file, const PhaseMap& map, Eigen::Index third, PhasePanel& panel) {
  if (!file.has("/validity/holds")) return;
  const std::vector<double> holds = file.numbers("/validity/holds").values;
  if (holds.size() != map.cells.size()) throw IoError(file.path().string() + ": /validity does not fill the map");
  std::vector<double> x, y;
  for (Eigen::Index i = 0; i < map.alpha.size(); ++i)
    for (Eigen::Index j = 0; j < map.beta.size(); ++j)
      if (holds[static_cast<std::size_t>((third * map.alpha.size() + i) * map.beta.size() + j)] == 0) {
        x.push_back(map.alpha(i));
        y.push_back(map.beta(j));
      }
  if (x.empty()) return;
  Style style;
  style.marker = figures::Marker::circle;
  style.marker_size = 1.2;
  panel.marked.push_back(figures::points(array(x), array(y), style, "outside the range of the closure"));
}

std::vector<PhasePanel> panels_of(const Hdf5Reader& file, const PhaseMap& map, const PhaseOptions& options,
                                  double threshold) {
  std::vector<PhasePanel> panels;
  for (Eigen::Index k = 0; k < std::max<Eigen::Index>(1, map.third.size()); ++k) {
    const double third = map.third.size() > 0 ? map.third(k) : 0;
    PhasePanel panel{map.alpha, map.beta, {}, {map.alpha, map.beta, {}}};
    panel.phase.resize(map.alpha.size(), map.beta.size());
    panel.crossing.value.resize(map.alpha.size(), map.beta.size());
    for (Eigen::Index i = 0; i < map.alpha.size(); ++i)
      for (Eigen::Index j = 0; j < map.beta.size(); ++j) {
        const Verdict verdict = verdict_of(map.cell(i, j, k), map.axis, threshold);
        panel.phase(i, j) = static_cast<std::uint8_t>(verdict.phase);
        panel.crossing.value(i, j) = verdict.crossing;
      }
    panel.title = third_title(map.third_axis, third);
    panel.marked = verified(file, map, third);
    mark_outside(file, map, k, panel);
    panel.boundaries = boundaries_of(map.third.size() > 0 ? at_third(options, third) : options);
    if (options.criterion == Criterion::accuracy) panel.crossing_name = "crossing accuracy ε";
    panels.push_back(std::move(panel));
  }
  return panels;
}

Figure scaling_figure(const Hdf5Reader& file, const PhasePanel& map, const figures::PhaseMapOptions& look) {
  const ScalingMap scaling = read_scaling(file);
  PhasePanel here = map, limit = map;
  here.title = "computed, at this d";
  limit.title = "computed, d → ∞";
  limit.phase = scaling.phase;
  limit.crossing = {};
  limit.marked.clear();
  std::vector<double> x, y;
  for (Eigen::Index i = 0; i < map.alpha.size(); ++i)
    for (Eigen::Index j = 0; j < map.beta.size(); ++j)
      if (scaling.margin(i, j) < 1) {
        x.push_back(map.alpha(i));
        y.push_back(map.beta(j));
      }
  std::vector<PhasePanel> panels = {here, limit};
  if (scaling.predicted.size() > 0) {
    panels.push_back(limit);
    panels[2].title = "predicted, d → ∞";
    panels[2].phase = scaling.predicted;
  }
  Style style;
  style.marker = figures::Marker::cross;
  style.marker_size = 2.5;
  if (!x.empty()) panels[1].marked = {figures::points(array(x), array(y), style, "undecided")};
  return figures::phase_map_figure(panels, look);
}

// A line of the predicted slope beside the later half of a curve.
figures::Series slope_guide(const Eigen::ArrayXd& compute, const Eigen::ArrayXd& risk, double slope) {
  const Eigen::Index middle = compute.size() / 2, last = compute.size() - 1;
  const Eigen::ArrayXd x{{compute(middle), compute(last)}};
  constexpr double beside = 1.5;
  return figures::line(x, beside * risk(middle) * (x / x(0)).pow(-slope),
                       {figures::grey, 1.2, figures::Dash::dotted}, "predicted slopes");
}

Figure compute_figure(const Hdf5Reader& file, const PhaseMap& map) {
  const ComputeOptimal result = read_compute_optimal(file, map);
  Panel plane, curves;
  plane.width = curves.width = 215;
  plane.height = curves.height = 190;
  plane.x.label = "data exponent α";
  plane.y.label = "target exponent β";
  curves.x.label = "compute C = steps × batch × n × d";
  curves.y.label = "least risk over d, T and η";
  curves.x.scale = curves.y.scale = figures::Scale::log;
  curves.x.padding = curves.y.padding = 0.03;
  const auto cell = [&](Eigen::Index i, Eigen::Index j) -> const auto& {
    return result.cells[static_cast<std::size_t>(i * map.beta.size() + j)];
  };
  const std::string first = optimizer_label(map.compare[0]), second = optimizer_label(map.compare[1]);
  const Label names[] = {"alike within the error", second + " steeper", first + " steeper",
                         "α + β ≤ 1: no finite risk"};
  const auto phases = figures::phase_colors({map.compare[1], map.compare[0]});
  const figures::Color colors[] = {phases[3], phases[1], phases[2], phases[0]};
  plane.cells = figures::Cells{figures::cell_edges(map.alpha), figures::cell_edges(map.beta), {}};
  plane.cells->rgb.resize(map.alpha.size(), map.beta.size());
  std::array<bool, 4> occurs{};
  for (Eigen::Index i = 0; i < map.alpha.size(); ++i)
    for (Eigen::Index j = 0; j < map.beta.size(); ++j) {
      const std::uint8_t which = steeper(cell(i, j));
      occurs[which] = true;
      plane.cells->rgb(i, j) = colors[which].rgb;
    }
  for (const std::size_t which : {2, 1, 0, 3})
    if (occurs[which]) plane.legend.push_back({names[which], {}, {}, colors[which]});
  // Three cells along the diagonal of the defined part, lettered on the map and at their curves.
  for (int c = 0; c < 3; ++c) {
    const std::string letter(1, static_cast<char>('a' + c));
    const auto along = [&](const Eigen::ArrayXd& axis) {
      return static_cast<Eigen::Index>((0.3 + 0.25 * c) * static_cast<double>(axis.size() - 1));
    };
    const Eigen::Index i = along(map.alpha), j = along(map.beta), middle = result.compute.size() * (5 - c) / 8;
    const auto& risks = cell(i, j);
    if (!risks[0].risk.isFinite().any()) continue;
    plane.marks.push_back({map.alpha(i), map.beta(j), letter, 9});
    for (std::size_t k = 0; k < 2; ++k)
      curves.series.push_back(figures::line(result.compute, risks[k].risk, figures::optimizer_style(map.compare[k]),
                                            optimizer_label(map.compare[k])));
    if (is_predicted(map.compare))
      for (std::size_t k = 0; k < 2; ++k)
        curves.series.push_back(slope_guide(result.compute, risks[k].risk, compute_slopes(map.alpha(i), map.beta(j))[k]));
    curves.marks.push_back({result.compute(middle), std::sqrt(risks[0].risk(middle) * risks[1].risk(middle)), letter, 9,
                            figures::okabe_ito::black, figures::white});
  }
  return {{}, {}, {plane, curves}, 2};
}

double quantile(std::vector<double> values, double part) {
  std::erase_if(values, [](double v) { return !std::isfinite(v); });
  if (values.empty()) return std::nan("");
  std::sort(values.begin(), values.end());
  return values[static_cast<std::size_t>(std::lround(part * static_cast<double>(values.size() - 1)))];
}

Figure yardstick_figure(const Hdf5Reader& file, const PhaseMap& map) {
  const std::vector<std::string> policies = file.strings("/yardstick/policy");
  const figures::Color colors[] = {figures::okabe_ito::vermillion, figures::okabe_ito::purple, figures::okabe_ito::blue,
                                   figures::okabe_ito::green};
  Figure figure{{}, {}, {}, 2, false, true};
  const Eigen::Index horizons = map.axis.size();
  for (const auto& optimizer : map.compare) {
    const std::vector<double> excess = file.numbers("/yardstick/" + optimizer + "/excess").values;
    const std::size_t cells = excess.size() / policies.size() / static_cast<std::size_t>(horizons);
    Panel panel;
    panel.title = optimizer_label(optimizer);
    panel.width = 215;
    panel.x.label = "horizon T";
    panel.x.scale = panel.y.scale = figures::Scale::log;
    panel.y.min = 0.9;
    panel.y.max = 100;
    if (figure.panels.empty()) panel.y.label = "risk over that of the optimal schedule";
    for (std::size_t p = 0; p < policies.size(); ++p) {
      Eigen::ArrayXd median(horizons), high(horizons);
      for (Eigen::Index h = 0; h < horizons; ++h) {
        std::vector<double> values;
        for (std::size_t c = 0; c < cells; ++c)
          values.push_back(excess[(p * cells + c) * static_cast<std::size_t>(horizons) + static_cast<std::size_t>(h)]);
        median(h) = std::exp(std::min(quantile(values, 0.5), 30.0));
        high(h) = std::exp(std::min(quantile(values, 0.9), 30.0));
      }
      const Style style{colors[p % 4], 1.6}, thin{colors[p % 4], 0.9, figures::Dash::dashed};
      panel.series.push_back(figures::line(map.axis, median, style, policies[p] + ", median"));
      panel.series.push_back(figures::line(map.axis, high, thin, policies[p] + ", 90 % of cells"));
    }
    figure.panels.push_back(panel);
  }
  return figure;
}

}  // namespace

std::vector<Figure> phase_figures(const Hdf5Reader& file, const Study& study, std::optional<double> given) {
  const double threshold = given.value_or(study.phase.threshold);
  const PhaseMap map = read_phase_map(file);
  const PhaseOptions options = make_phase_options(study);
  const std::vector<PhasePanel> panels = panels_of(file, map, options, threshold);
  const Label rate = options.criterion == Criterion::horizon
                         ? Label(name_of(options.policy)) + " rate"
                         : Label(fmt::format("steps to {:g}ε at ", options.factor)) +
                               (options.policy == Policy::floor ? "floor-matched rates" : "best constant rates");
  const figures::PhaseMapOptions look{study.title,
                                      common(options, true) + rate + ", threshold " + figures::number(threshold),
                                      {map.compare[1], map.compare[0]}};
  std::vector<Figure> list = {figures::phase_map_figure(panels, look)};
  const auto add = [&](Figure figure, const Label& subtitle) {
    figure.title = study.title;
    figure.subtitle = subtitle;
    list.push_back(std::move(figure));
  };
  if (file.has("/refined") && threshold == study.phase.threshold) {
    const RefinedPhases refined = read_refined(file);
    PhasePanel panel = panels.front();
    panel.alpha = refined.alpha;
    panel.beta = refined.beta;
    panel.phase = refined.phase;
    add(figures::phase_map_figure({panel}, look), look.subtitle + ", boundaries refined");
  }
  if (file.has("/yardstick"))
    add(yardstick_figure(file, map), common(options, true) + "every policy at its best for each horizon");
  if (file.has("/compute_optimal")) add(compute_figure(file, map), common(options, false) + rate);
  if (file.has("/scaling/phase")) add(scaling_figure(file, panels.front(), look), look.subtitle);
  return list;
}

}  // namespace muonphase
