#include "muonphase/report/figures/grid.hpp"

#include <algorithm>
#include <cmath>

#include "muonphase/core/error.hpp"
#include "report/figures/layout.hpp"

namespace muonphase::figures {
namespace {

constexpr double value_size = 6;  // points

/// Labelled ticks in the middle of unit cells that are `cell` points wide, as many as can be read.
std::vector<Tick> name_ticks(const std::vector<std::string>& names, Eigen::Index count, double cell, bool downwards) {
  std::vector<Tick> ticks;
  const auto stride = static_cast<Eigen::Index>(std::ceil(1.1 * paper::tick / cell));
  for (Eigen::Index i = 0; i < count; i += stride) {
    const double place = static_cast<double>(downwards ? count - 1 - i : i) + 0.5;
    ticks.push_back({place, names.empty() ? Text(std::to_string(i)) : Text(names[static_cast<std::size_t>(i)])});
  }
  return ticks;
}

Panel panel_of(const Grid& grid, double low, double high, double side) {
  const Eigen::Index rows = grid.value.rows(), columns = grid.value.cols();
  const auto matches = [](const std::vector<std::string>& names, Eigen::Index n) {
    return names.empty() || static_cast<Eigen::Index>(names.size()) == n;
  };
  if (grid.value.size() == 0 || !matches(grid.row_names, rows) || !matches(grid.column_names, columns))
    throw StudyError("a grid needs values, and one name for each row and column or none");
  Panel panel;
  panel.title = grid.title;
  const double cell = std::min(side / static_cast<double>(std::max(rows, columns)), 40.0);
  panel.width = cell * static_cast<double>(columns);
  panel.height = cell * static_cast<double>(rows);
  panel.x.ticks = name_ticks(grid.column_names, columns, cell, false);
  panel.y.ticks = name_ticks(grid.row_names, rows, cell, true);
  Cells cells{Eigen::ArrayXd::LinSpaced(columns + 1, 0, static_cast<double>(columns)),
              Eigen::ArrayXd::LinSpaced(rows + 1, 0, static_cast<double>(rows)),
              {}};
  cells.rgb.resize(columns, rows);
  for (Eigen::Index r = 0; r < rows; ++r)
    for (Eigen::Index c = 0; c < columns; ++c) {
      const double v = grid.value(r, c);
      const Color color = std::isnan(v) ? tint(grey, 0.4) : sequential((v - low) / (high - low));
      const Eigen::Index up = rows - 1 - r;
      cells.rgb(c, up) = color.rgb;
      const Text text = number(v, 2);
      if (std::isnan(v) || width(text, value_size) > 0.9 * cell || 1.2 * value_size > cell) continue;
      panel.marks.push_back({static_cast<double>(c) + 0.5,
                             static_cast<double>(up) + 0.5,
                             text,
                             value_size,
                             readable_on(color),
                             Align::centre,
                             {}});
    }
  panel.cells.push_back(cells);
  return panel;
}

}  // namespace

Figure grid_figure(const std::vector<Grid>& grids, const GridOptions& options) {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (const Grid& grid : grids)
    for (const double v : grid.value.reshaped())
      if (std::isfinite(v)) {
        low = std::min(low, v);
        high = std::max(high, v);
      }
  low = options.min.value_or(std::isfinite(low) ? low : 0);
  high = options.max.value_or(std::isfinite(high) ? high : 1);
  if (!(high > low)) high = low + 1;
  const int count = static_cast<int>(grids.size());
  Figure figure{options.title, options.subtitle, {}, std::clamp(std::min(options.columns, count), 1, 6)};
  for (int i = 0; i < count; ++i) {
    Panel panel = panel_of(grids[i], low, high, count == 1 ? 220 : 170);
    if (i + figure.columns >= count) panel.x.label = options.column_label;
    if (i % figure.columns == 0)
      panel.y.label = options.row_label;
    else
      panel.y.show_tick_labels = grids[i].row_names != grids[i - 1].row_names;
    if ((i + 1) % figure.columns == 0 || i + 1 == count) panel.color_bar = ColorBar{low, high, options.value_label};
    figure.panels.push_back(std::move(panel));
  }
  return figure;
}

}  // namespace muonphase::figures
