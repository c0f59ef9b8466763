#include "report/figures/imbalance_panels.hpp"

#include <fmt/format.h>

#include "muonphase/report/figures/grid.hpp"

namespace muonphase::figures {
namespace {

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

Color pale(Color color) {
  color.opacity = 0.25;
  return color;
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

}  // namespace

Panel component_panel(const Hdf5Reader& file, const std::string& runs, const std::string& optimizer) {
  Panel panel = step_panel("component", Scale::linear);
  panel.title = optimizer_label(optimizer);
  const Eigen::ArrayXd optimum = file.vector("/optimum");
  const Eigen::ArrayXd prior = file.vector("/prior");
  const std::string run = runs + "/" + optimizer, theory = "/theory/" + optimizer;
  const Eigen::ArrayXd step = file.vector(run + "/step");
  const Eigen::ArrayXXd component = file.matrix(run + "/component");
  const bool has_theory = file.has(theory);
  const auto picked = spread(step, 14);
  const Eigen::Index classes = optimum.size();
  for (Eigen::Index c = 0; c < classes; ++c) {
    Style style;
    style.color = class_color(c, classes);
    Style limit = style;
    limit.dash = Dash::dotted;
    limit.line_width = 0.5;
    panel.series.push_back(horizontal(optimum(c), limit));
    // Many classes would fill the legend: the first and the last tell the order of colours.
    const bool named = classes <= 5 || c == 0 || c + 1 == classes;
    const Text name = named ? Text(fmt::format("class {}, p = {:.2g}", c + 1, prior(c))) : Text();
    if (has_theory)
      panel.series.push_back(
          line(file.vector(theory + "/step"), file.matrix(theory + "/component").col(c), style, name));
    style.marker = Marker::open_circle;
    style.marker_size = 3;
    panel.series.push_back(has_theory ? points(step(picked), component.col(c)(picked), style, name)
                                      : line(step, component.col(c), style, name));
  }
  return panel;
}

Panel loss_panel(const Hdf5Reader& file, const std::string& runs, const std::vector<std::string>& optimizers,
                 const std::string& label, std::optional<Eigen::Index> class_index) {
  Panel panel = step_panel(label, Scale::linear);
  for (const auto& name : optimizers) {
    const std::string run = runs + "/" + name;
    panel.series.push_back(line(file.vector(run + "/step"), loss_of(file, run, class_index), optimizer_style(name),
                                optimizer_label(name)));
  }
  return panel;
}

Panel gap_panel(const Hdf5Reader& file, const std::string& runs, const std::vector<std::string>& optimizers,
                Eigen::Index minority) {
  Panel panel = step_panel("loss above SpecGD", Scale::linear);
  panel.title = "minority dashed, balanced solid";
  const std::string spectral = runs + "/specgd";
  const Eigen::ArrayXd step = file.vector(spectral + "/step");
  for (const auto& name : optimizers) {
    if (name == "specgd") continue;
    Style style = optimizer_style(name);
    style.dash = Dash::solid;
    panel.series.push_back(
        line(step, loss_of(file, runs + "/" + name, {}) - loss_of(file, spectral, {}), style, optimizer_label(name)));
    style.dash = Dash::dashed;
    panel.series.push_back(
        line(step, loss_of(file, runs + "/" + name, minority) - loss_of(file, spectral, minority), style));
  }
  return panel;
}

Panel curve_panel(const Hdf5Reader& file, const std::string& runs, const std::vector<std::string>& optimizers,
                  const std::string& quantity, const std::string& label, Scale step_scale) {
  Panel panel = step_panel(label, step_scale);
  for (const auto& name : optimizers) {
    const std::string run = runs + "/" + name, values = run + "/" + quantity;
    const Eigen::ArrayXd step = file.vector(run + "/step"), mean = file.vector(values);
    const Style style = optimizer_style(name);
    if (file.has(values + "_sem")) {
      const Eigen::ArrayXd error = file.vector(values + "_sem");
      panel.series.push_back(band(step, mean - 2 * error, mean + 2 * error, pale(style.color), optimizer_label(name)));
    }
    panel.series.push_back(line(step, mean, style, optimizer_label(name)));
  }
  return panel;
}

std::vector<Panel> organism_panels(const Hdf5Reader& file, const std::string& optimizer) {
  const std::string run = "/organisms/" + optimizer;
  const Eigen::ArrayXd step = file.vector(run + "/step");
  const Eigen::ArrayXXd misplaced = file.matrix(run + "/misplaced");
  const auto levels = file.strings("/level");
  Panel curves = step_panel("misplaced mass / its start", Scale::log);
  curves.title = optimizer_label(optimizer);
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
  std::vector<Grid> grids;
  for (const Eigen::Index i : {half, step.size() - 1})
    grids.push_back({fmt::format("{}, step {:.0f}", optimizer_label(optimizer), step(i)),
                     (100 * table_at(confusion, i)).round() / 100, file.strings("/category"), file.strings("/taxon")});
  std::vector<Panel> panels{curves};
  GridOptions options;
  options.column_label = "attributes of";
  options.min = 0;
  options.max = 0.7;
  for (Panel& panel : grid_figure(grids, options).panels) panels.push_back(std::move(panel));
  return panels;
}

}  // namespace muonphase::figures
