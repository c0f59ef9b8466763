#include "muonphase/report/figures/imbalance.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

namespace muonphase::figures {
namespace {

using Optimizers = std::vector<std::string>;

constexpr double panel_width = 150, panel_height = 115;

Panel step_panel(const std::string& label, Scale scale) {
  Panel panel;
  panel.width = panel_width;
  panel.height = panel_height;
  panel.x.label = "step";
  panel.x.scale = scale;
  panel.x.show_zero = scale == Scale::log;
  panel.y.label = label;
  panel.y.padding = 0.04;
  return panel;
}

/// Colour of class c of n: the sequential palette without its palest end.
Color class_color(Eigen::Index c, Eigen::Index n) {
  return sequential(n == 1 ? 0 : 0.85 * static_cast<double>(c) / static_cast<double>(n - 1));
}

/// About `count` indices, evenly spaced in the value of x, from first to last.
std::vector<Eigen::Index> spread(const Eigen::ArrayXd& x, int count) {
  std::vector<Eigen::Index> picked;
  double next = x(0);
  for (Eigen::Index i = 0; i < x.size(); ++i) {
    if (x(i) < next && i + 1 != x.size()) continue;
    picked.push_back(i);
    next = x(i) + (x(x.size() - 1) - x(0)) / count;
  }
  return picked;
}

/// The loss of one class, or the balanced loss, [T].
Eigen::ArrayXd loss_of(const Hdf5Reader& file, const std::string& run, std::optional<Eigen::Index> class_index) {
  if (class_index) return file.matrix(run + "/class_loss").col(*class_index);
  return file.vector(run + "/balanced_loss");
}

/// One table of a dataset [T, rows, columns].
Eigen::ArrayXXd table_at(const NumericArray& tables, Eigen::Index step) {
  const auto rows = static_cast<Eigen::Index>(tables.shape[1]), columns = static_cast<Eigen::Index>(tables.shape[2]);
  using RowMajor = Eigen::Array<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  return Eigen::Map<const RowMajor>(tables.values.data() + step * rows * columns, rows, columns);
}

/// Components of one optimizer against the step, a colour for each class: theory as lines, runs as markers.
Panel component_panel(const Hdf5Reader& file, const std::string& runs, const std::string& optimizer) {
  Panel panel = step_panel("component", Scale::linear);
  panel.title = optimizer_label(optimizer);
  const Eigen::ArrayXd optimum = file.vector("/optimum"), prior = file.vector("/prior");
  const std::string run = runs + "/" + optimizer, theory = "/theory/" + optimizer;
  const Eigen::ArrayXd step = file.vector(run + "/step");
  const Eigen::ArrayXXd component = file.matrix(run + "/component");
  const bool has_theory = file.has(theory);
  const auto picked = spread(step, 14);
  Style neutral, limit;
  neutral.marker = Marker::open_circle;
  neutral.marker_size = 3;
  limit.dash = Dash::dotted;
  limit.line_width = 0.8;
  if (has_theory) panel.legend.push_back({"theory", neutral});
  panel.legend.push_back({runs == "/sample" ? "training on samples" : "training on population moments", {}, neutral});
  panel.legend.push_back({"optimum", limit});
  const Eigen::Index classes = optimum.size();
  for (Eigen::Index c = 0; c < classes; ++c) {
    Style style = neutral;
    style.color = limit.color = class_color(c, classes);
    panel.series.push_back(horizontal(optimum(c), limit));
    // Many classes would fill the legend: the first and the last tell the order of colours.
    if (classes <= 5 || c == 0 || c + 1 == classes)
      panel.legend.push_back({fmt::format("class {}, p = {:.2g}", c + 1, prior(c)), {}, {}, style.color});
    if (has_theory)
      panel.series.push_back(line(file.vector(theory + "/step"), file.matrix(theory + "/component").col(c), style));
    panel.series.push_back(points(step(picked), component.col(c)(picked), style));
    style.line_width = 0.4;
    if (!has_theory) panel.series.push_back(line(step, component.col(c), style));
  }
  return panel;
}

Panel loss_panel(const Hdf5Reader& file, const std::string& runs, const Optimizers& optimizers,
                 const std::string& label, std::optional<Eigen::Index> class_index) {
  Panel panel = step_panel(label, Scale::linear);
  for (const auto& name : optimizers) {
    const std::string run = runs + "/" + name;
    panel.series.push_back(line(file.vector(run + "/step"), loss_of(file, run, class_index), optimizer_style(name),
                                optimizer_label(name)));
  }
  return panel;
}

/// Loss of each rival less that of specgd at the same step: balanced solid, minority dashed.
Panel gap_panel(const Hdf5Reader& file, const std::string& runs, const Optimizers& optimizers, Eigen::Index minority) {
  Panel panel = step_panel("loss above SpecGD", Scale::linear);
  const std::string spectral = runs + "/specgd";
  const Eigen::ArrayXd step = file.vector(spectral + "/step");
  Style solid, dashed;
  dashed.dash = Dash::dashed;
  panel.legend = {{"loss above SpecGD, balanced", solid}, {"loss above SpecGD, minority class", dashed}};
  for (const auto& name : optimizers) {
    if (name == "specgd") continue;
    solid.color = dashed.color = optimizer_color(name);
    const auto above = [&](const auto& which) -> Eigen::ArrayXd {
      return loss_of(file, runs + "/" + name, which) - loss_of(file, spectral, which);
    };
    panel.series.push_back(line(step, above(std::optional<Eigen::Index>()), solid));
    panel.series.push_back(line(step, above(std::optional(minority)), dashed));
  }
  return panel;
}

/// A quantity [T] of every optimizer, with a band of ± one standard error where the file has them: of values that are
/// not negative it is at most the mean, so no loss falls below 0 and no accuracy leaves [0, 1].
Panel curve_panel(const Hdf5Reader& file, const std::string& runs, const Optimizers& optimizers,
                  const std::string& quantity, const std::string& label, Scale step_scale) {
  Panel panel = step_panel(label, step_scale);
  for (const auto& name : optimizers) {
    const std::string run = runs + "/" + name, values = run + "/" + quantity;
    const Eigen::ArrayXd step = file.vector(run + "/step"), mean = file.vector(values);
    const Style style = optimizer_style(name);
    if (file.has(values + "_sem")) {
      const Eigen::ArrayXd error = file.vector(values + "_sem");
      panel.series.push_back(band(step, mean - error, mean + error, pale(style.color), optimizer_label(name)));
    }
    panel.series.push_back(line(step, mean, style, optimizer_label(name)));
  }
  return panel;
}

/// A table in colours from 0 to `most`, its values written in the cells, row 0 on top.
Panel table_panel(const Label& title, const Eigen::ArrayXXd& value, double most, const std::vector<std::string>& rows,
                  const std::vector<std::string>& columns) {
  Panel panel;
  panel.title = title;
  const double cell = 170.0 / static_cast<double>(std::max(rows.size(), columns.size()));
  panel.width = cell * static_cast<double>(columns.size());
  panel.height = cell * static_cast<double>(rows.size());
  panel.x.categories.assign(columns.begin(), columns.end());
  panel.y.categories.assign(rows.rbegin(), rows.rend());
  const Eigen::Index n = value.rows(), m = value.cols();
  const auto edges = [](Eigen::Index count) {
    return Eigen::ArrayXd::LinSpaced(count + 1, 0, static_cast<double>(count));
  };
  panel.cells = Cells{edges(m), edges(n), {}};
  panel.cells->rgb.resize(m, n);
  for (Eigen::Index r = 0; r < n; ++r)
    for (Eigen::Index c = 0; c < m; ++c) {
      const Color color = sequential(value(r, c) / most);
      panel.cells->rgb(c, n - 1 - r) = color.rgb;
      panel.marks.push_back({static_cast<double>(c) + 0.5, static_cast<double>(n - 1 - r) + 0.5,
                             number(std::round(100 * value(r, c)) / 100, 2), 6, readable_on(color)});
    }
  return panel;
}

/// Misplaced mass by level, and two confusion tables: when mistakes by kingdom have halved, and at the end.
std::vector<Panel> organism_panels(const Hdf5Reader& file, const std::string& optimizer) {
  const std::string run = "/organisms/" + optimizer, name = optimizer_label(optimizer);
  const Eigen::ArrayXd step = file.vector(run + "/step");
  const Eigen::ArrayXXd misplaced = file.matrix(run + "/misplaced");
  const auto levels = file.strings("/level");
  Panel curves = step_panel("misplaced mass / its start", Scale::log);
  curves.title = name;
  const Color colors[] = {okabe_ito::black, okabe_ito::orange, okabe_ito::blue};
  for (Eigen::Index l = 0; l < 3; ++l) {
    Style style;
    style.color = colors[l];
    curves.series.push_back(
        line(step, misplaced.col(l) / misplaced(0, l), style, "mistakes by " + levels[static_cast<std::size_t>(l)]));
  }
  Eigen::Index half = 0;
  while (half + 1 < step.size() && misplaced(half, 0) > 0.5 * misplaced(0, 0)) ++half;
  const NumericArray confusion = file.numbers(run + "/confusion");
  constexpr double most = 0.7;
  std::vector<Panel> panels{curves};
  for (const Eigen::Index i : {half, step.size() - 1}) {
    panels.push_back(table_panel(fmt::format("{}, step {:.0f}", name, step(i)), table_at(confusion, i), most,
                                 file.strings("/category"), file.strings("/taxon")));
    panels.back().x.label = "attributes of";
  }
  panels[2].y.show_tick_labels = false;
  panels[2].color_bar = ColorBar{0, most, {}};
  return panels;
}

/// The runs to show: of samples where there are some.
std::string runs_of(const Hdf5Reader& file) {
  return file.has("/sample") ? "/sample" : "/population";
}

Figure squared_figure(const Hdf5Reader& file) {
  const std::string runs = runs_of(file);
  const Optimizers names = file.groups(runs);
  Figure figure;
  figure.columns = 3;
  for (const auto& name : names) figure.panels.push_back(component_panel(file, runs, name));
  Eigen::Index minority;
  file.vector("/prior").minCoeff(&minority);
  figure.panels.push_back(loss_panel(file, runs, names, "minority loss in training", minority));
  figure.panels.push_back(loss_panel(file, runs, names, "balanced loss in training", {}));
  if (names.size() > 1 && std::find(names.begin(), names.end(), "specgd") != names.end())
    figure.panels.push_back(gap_panel(file, runs, names, minority));
  const auto largest_share = [&](const std::string& name) {
    return file.vector(runs + "/" + name + "/off_diagonal").maxCoeff();
  };
  if (std::any_of(names.begin(), names.end(), [&](const auto& name) { return largest_share(name) > 0.01; }))
    figure.panels.push_back(curve_panel(file, runs, names, "off_diagonal", "off-diagonal energy", Scale::log));
  return figure;
}

Figure classifier_figure(const Hdf5Reader& file) {
  const Optimizers names = file.groups("/sample");
  const std::pair<const char*, const char*> quantities[] = {
      {"train_loss", "training loss"},   {"test_loss", "test loss"},
      {"accuracy", "test accuracy"},     {"balanced_accuracy", "class-balanced accuracy"},
      {"worst_accuracy", "worst class"}, {"logit_divergence", "KL of logits to uniform"}};
  Figure figure;
  figure.columns = 3;
  for (const auto& [quantity, label] : quantities)
    figure.panels.push_back(curve_panel(file, "/sample", names, quantity, label, Scale::log));
  return figure;
}

Figure network_figure(const Hdf5Reader& file) {
  const Optimizers names = file.groups("/sample");
  const std::pair<const char*, const char*> quantities[] = {
      {"train_loss", "training loss"},
      {"majority_accuracy", "accuracy, frequent groups"},
      {"minority_accuracy", "accuracy, rare groups"},
      {"worst_accuracy", "worst group"},
      {"decoded_worst_accuracy", "worst group, refitted"},
      {"logit_divergence", "KL of logits to uniform"}};
  Figure figure;
  figure.columns = 3;
  const auto defined = [&](const std::string& quantity) {  // there may be no rare groups
    return file.vector("/sample/" + names.front() + "/" + quantity).isFinite().any();
  };
  for (const auto& [quantity, label] : quantities)
    if (defined(quantity)) figure.panels.push_back(curve_panel(file, "/sample", names, quantity, label, Scale::log));
  return figure;
}

Figure organisms_figure(const Hdf5Reader& file) {
  Figure figure;
  figure.columns = 3;
  for (const auto& name : file.groups("/organisms"))
    for (Panel& panel : organism_panels(file, name)) figure.panels.push_back(std::move(panel));
  return figure;
}

}  // namespace

Figure imbalance_figure(const Hdf5Reader& file, const Label& title) {
  Figure figure = file.has("/organisms")    ? organisms_figure(file)
                  : file.has("/population") ? squared_figure(file)
                  : file.has("/tuning")     ? network_figure(file)
                                            : classifier_figure(file);
  figure.title = title;
  return figure;
}

}  // namespace muonphase::figures
