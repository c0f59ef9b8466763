#include "report/figures/canvas.hpp"

#include <algorithm>
#include <numeric>

namespace muonphase::figures {
namespace {

double widest(const std::vector<Label>& labels) {
  double most = 0;
  for (const Label& label : labels) most = std::max(most, width(label, tick_size));
  return most;
}

double left_margin(const Panel& panel) {
  const double numbers = panel.y.categories.empty() ? 24 : widest(panel.y.categories);
  return 12 + (panel.y.show_tick_labels ? numbers : 0) + (panel.y.label.empty() ? 0 : 14);
}

double bottom_margin(const Panel& panel) {
  const double labels = upright(panel.x, panel.width) ? widest(panel.x.categories) : 12;
  return 8 + (panel.x.show_tick_labels ? labels : 0) + (panel.x.label.empty() ? 0 : 13);
}

double entry_width(const LegendEntry& entry) {
  return swatch + 18 + width(entry.text, legend_size);
}

/// Widths of the columns when entries fill `rows` rows column by column.
std::vector<double> column_widths(const std::vector<LegendEntry>& entries, std::size_t rows) {
  std::vector<double> widths((entries.size() + rows - 1) / rows, 0);
  for (std::size_t i = 0; i < entries.size(); ++i)
    widths[i / rows] = std::max(widths[i / rows], entry_width(entries[i]));
  return widths;
}

/// The legend in as few rows as fit, its lower side at the border of the canvas. Returns its height.
double place_legend(const std::vector<LegendEntry>& entries, double inner, std::vector<PlacedEntry>& placed) {
  if (entries.empty()) return 0;
  const auto total = [](const std::vector<double>& widths) {
    return std::accumulate(widths.begin(), widths.end(), 0.0);
  };
  std::size_t rows = 1;
  while (rows < entries.size() && total(column_widths(entries, rows)) > inner) ++rows;
  const std::vector<double> columns = column_widths(entries, rows);
  double x = border + (inner - total(columns)) / 2 + 6;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (i > 0 && i % rows == 0) x += columns[i / rows - 1];
    placed.push_back(
        {entries[i], x, border + (static_cast<double>(rows - i % rows) - 0.5) * legend_size * line_height});
  }
  return static_cast<double>(rows) * legend_size * line_height + 4;
}

}  // namespace

bool upright(const Axis& axis, double length) {
  return widest(axis.categories) > 0.95 * length / std::max(1.0, static_cast<double>(axis.categories.size()));
}

Canvas laid_out(const Figure& figure) {
  Canvas canvas;
  const auto count = static_cast<int>(figure.panels.size()), columns = std::clamp(figure.columns, 1, count);
  const int rows = (count + columns - 1) / columns;
  std::vector<double> left(columns), plot_width(columns), right(columns), top(rows), plot_height(rows), bottom(rows);
  for (int i = 0; i < count; ++i) {
    const Panel& panel = figure.panels[i];
    const auto cover = [](double& most, double value) { most = std::max(most, value); };
    cover(left[i % columns], left_margin(panel));
    cover(plot_width[i % columns], panel.width);
    cover(right[i % columns], panel.color_bar ? 50 : 10);
    cover(top[i / columns], panel.title.empty() ? 7 : 20);
    cover(plot_height[i / columns], panel.height);
    cover(bottom[i / columns], bottom_margin(panel));
  }
  double panels_width = 0;
  for (int c = 0; c < columns; ++c) panels_width += left[c] + plot_width[c] + right[c];
  const std::vector<LegendEntry> entries = legend_of(figure);
  double inner = std::max(panels_width, width(figure.subtitle, subtitle_size));
  for (const LegendEntry& e : entries) inner = std::max(inner, entry_width(e));
  canvas.width = 2 * border + inner;
  canvas.title = wrapped(figure.title.plain(), 1.12 * title_size, inner, 3);  // bold

  double y = border + place_legend(entries, inner, canvas.legend);
  canvas.plots.resize(figure.panels.size());
  for (int r = rows - 1; r >= 0; --r) {
    double x = (canvas.width - panels_width) / 2;
    for (int c = 0; c < columns; ++c) {
      if (const int i = r * columns + c; i < count)
        canvas.plots[i] = {x + left[c], y + bottom[r] + plot_height[r] - figure.panels[i].height,
                           figure.panels[i].width, figure.panels[i].height};
      x += left[c] + plot_width[c] + right[c];
    }
    y += bottom[r] + plot_height[r] + top[r];
  }
  canvas.height = y + border + line_height * title_size * static_cast<double>(canvas.title.size()) +
                  (figure.subtitle.empty() ? 0 : line_height * subtitle_size);
  return canvas;
}

}  // namespace muonphase::figures
