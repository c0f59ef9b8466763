#include "report/figures/layout.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "muonphase/core/error.hpp"

namespace muonphase::figures {
namespace {

void append(std::vector<double>& values, const Eigen::ArrayXd& more) {
  values.insert(values.end(), more.begin(), more.end());
}

/// The numbers that each axis of a panel has to show.
struct Shown {
  std::vector<double> x, y;

  void add(const Panel& panel) {
    for (const Cells& cells : panel.cells) {
      append(x, cells.x_edges);
      append(y, cells.y_edges);
    }
    for (const Series& s : panel.series) {
      append(x, s.x);
      append(y, s.y);
      append(y, s.upper);
    }
  }
};

double widest(const std::vector<Tick>& ticks) {
  double most = 0;
  for (const Tick& tick : ticks) most = std::max(most, width(tick.label, paper::tick));
  return most;
}

PlacedPanel with_axes(const Panel& panel, const Shown& x, const Shown& y) {
  PlacedPanel placed;
  placed.x = range_of(panel.x, x.x);
  placed.y = range_of(panel.y, y.y);
  placed.plot.width = panel.width;
  placed.plot.height = panel.height;
  placed.x_ticks = ticks_of(panel.x, placed.x, panel.width, 30);
  placed.y_ticks = ticks_of(panel.y, placed.y, panel.height, placed.y.scale == Scale::log ? 18 : 24);
  if (!panel.x.ticks.empty())
    placed.rotate_x_ticks = widest(placed.x_ticks) > 0.95 * panel.width / static_cast<double>(panel.x.ticks.size());
  using namespace paper;
  const double x_labels = placed.rotate_x_ticks ? widest(placed.x_ticks) : panel.x.show_tick_labels ? 1.1 * tick : 0;
  placed.x_tick_room = tick_length + (x_labels > 0 ? gap + x_labels : 0);
  const double y_labels = widest(placed.y_ticks);
  placed.y_tick_room = tick_length + (y_labels > 0 ? gap + y_labels : 0);
  return placed;
}

/// Room around a plot area.
struct Margins {
  double left = 0, right = 0, top = 0, bottom = 0;

  void cover(const Margins& other) {
    left = std::max(left, other.left);
    right = std::max(right, other.right);
    top = std::max(top, other.top);
    bottom = std::max(bottom, other.bottom);
  }
};

Margins margins_of(const Panel& panel, const PlacedPanel& placed) {
  using namespace paper;
  Margins m;
  m.left = placed.y_tick_room + gap + (panel.y.label.empty() ? 0 : label * line_step + gap);
  m.bottom = placed.x_tick_room + gap + (panel.x.label.empty() ? 0 : label * line_step);
  m.top = gap + (panel.title.empty() ? 0 : label * line_step + gap);
  m.right = 2 * gap;
  if (!placed.rotate_x_ticks)
    for (const Tick& t : placed.x_ticks)  // a label at the end reaches beyond it
      m.right = std::max(m.right, width(t.label, tick) / 2 - (1 - placed.x.fraction(t.position)) * panel.width + gap);
  if (panel.color_bar) {
    const Range scale{Scale::linear, panel.color_bar->min, panel.color_bar->max, {}, 0};
    const double labels = widest(ticks_of(Axis{}, scale, panel.height, 24));
    const double label_room = panel.color_bar->label.empty() ? 0 : label * line_step + gap;
    m.right = std::max(m.right, 3 * gap + bar + tick_length + gap + labels + label_room + gap);
  }
  return m;
}

void overlay(LegendEntry& entry, const LegendEntry& other) {
  if (other.line) entry.line = other.line;
  if (other.marker) entry.marker = other.marker;
  if (other.fill) entry.fill = other.fill;
}

std::vector<LegendEntry> legend_of(const Figure& figure) {
  std::vector<LegendEntry> list;
  const auto add = [&](const LegendEntry& entry) {
    if (entry.text.empty()) return;
    const auto same =
        std::find_if(list.begin(), list.end(), [&](const LegendEntry& e) { return e.text == entry.text; });
    if (same == list.end())
      list.push_back(entry);
    else
      overlay(*same, entry);
  };
  for (const Panel& panel : figure.panels)
    for (const LegendEntry& entry : panel.legend) add(entry);
  for (const Panel& panel : figure.panels)
    for (const Series& s : panel.series) {
      LegendEntry entry{s.legend, {}, {}, {}};
      if (s.kind == Kind::band)
        entry.fill = s.style.color;
      else if (s.kind == Kind::points)
        entry.marker = s.style;
      else
        entry.line = s.style;
      add(entry);
    }
  return list;
}

constexpr double column_gap = 4 * paper::gap;
constexpr double row_height = paper::legend * (paper::line_step + 0.15);

double entry_width(const LegendEntry& entry) {
  return paper::swatch + 2 * paper::gap + width(entry.text, paper::legend);
}

/// Widths of the columns when entries fill rows of so many, column by column.
std::vector<double> column_widths(const std::vector<LegendEntry>& entries, std::size_t rows) {
  std::vector<double> widths((entries.size() + rows - 1) / rows, 0);
  for (std::size_t i = 0; i < entries.size(); ++i)
    widths[i / rows] = std::max(widths[i / rows], entry_width(entries[i]));
  return widths;
}

double total_width(const std::vector<double>& columns) {
  return std::accumulate(columns.begin(), columns.end(), -column_gap,
                         [](double sum, double w) { return sum + w + column_gap; });
}

/// The legend in as few rows as fit the width, centred on `middle`, its lower side at `bottom`. Returns its height.
double place_legend(const std::vector<LegendEntry>& entries, double limit, double middle, double bottom,
                    std::vector<PlacedEntry>& placed) {
  if (entries.empty()) return 0;
  std::size_t rows = 1;
  while (rows < entries.size() && total_width(column_widths(entries, rows)) > limit) ++rows;
  const std::vector<double> columns = column_widths(entries, rows);
  double x = middle - total_width(columns) / 2;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (i > 0 && i % rows == 0) x += columns[i / rows - 1] + column_gap;
    placed.push_back({entries[i], x, bottom + (static_cast<double>(rows - i % rows) - 0.5) * row_height});
  }
  return static_cast<double>(rows) * row_height + paper::gap;
}

void check(const Figure& figure) {
  if (figure.panels.empty()) throw StudyError("a figure needs at least one panel");
  for (const Panel& panel : figure.panels) {
    for (const Series& s : panel.series) {
      const bool pair = s.kind != Kind::vertical && s.kind != Kind::horizontal;
      if ((pair && s.x.size() != s.y.size()) || (s.kind == Kind::band && s.x.size() != s.upper.size()))
        throw StudyError("a series of a figure has arrays of different lengths");
    }
    for (const Cells& c : panel.cells)
      if (c.x_edges.size() != c.rgb.rows() + 1 || c.y_edges.size() != c.rgb.cols() + 1)
        throw StudyError("the cells of a figure need one edge more than cells in each direction");
  }
}

}  // namespace

Layout laid_out(const Figure& figure) {
  using namespace paper;
  check(figure);
  Layout layout;
  const int count = static_cast<int>(figure.panels.size());
  const int columns = std::clamp(figure.columns, 1, count);
  const int rows = (count + columns - 1) / columns;

  std::vector<Margins> column(columns), row(rows);
  std::vector<double> plot_width(columns, 0), plot_height(rows, 0);
  Shown all;
  for (const Panel& panel : figure.panels) all.add(panel);
  for (int i = 0; i < count; ++i) {
    const Panel& panel = figure.panels[i];
    Shown own;
    own.add(panel);
    layout.panels.push_back(with_axes(panel, figure.share_x ? all : own, figure.share_y ? all : own));
    const Margins m = margins_of(panel, layout.panels.back());
    column[i % columns].cover(m);
    row[i / columns].cover(m);
    plot_width[i % columns] = std::max(plot_width[i % columns], panel.width);
    plot_height[i / columns] = std::max(plot_height[i / columns], panel.height);
  }

  double panels_width = 0;
  for (int c = 0; c < columns; ++c) panels_width += column[c].left + plot_width[c] + column[c].right;
  const std::vector<LegendEntry> entries = legend_of(figure);
  double longest_entry = 0;
  for (const LegendEntry& e : entries) longest_entry = std::max(longest_entry, entry_width(e));
  layout.width = 2 * border + std::max(panels_width, longest_entry);

  const double text_width = layout.width - 2 * border;
  layout.title = wrapped(figure.title, bold_width * title, text_width, 3);
  layout.subtitle = wrapped(figure.subtitle, subtitle, text_width, 4);
  const double heading = title * line_step * static_cast<double>(layout.title.size()) +
                         subtitle * line_step * static_cast<double>(layout.subtitle.size());

  const double legend_height = place_legend(entries, text_width, layout.width / 2, border, layout.legend);
  layout.height = 2 * border + heading + legend_height;
  for (int r = 0; r < rows; ++r) layout.height += row[r].top + plot_height[r] + row[r].bottom;
  double top = layout.height - border - heading;
  for (int r = 0; r < rows; ++r) {
    double left = (layout.width - panels_width) / 2;
    for (int c = 0; c < columns && r * columns + c < count; ++c) {
      Box& plot = layout.panels[r * columns + c].plot;
      plot.x = left + column[c].left;
      plot.y = top - row[r].top - plot.height;
      left += column[c].left + plot_width[c] + column[c].right;
    }
    top -= row[r].top + plot_height[r] + row[r].bottom;
  }
  return layout;
}

}  // namespace muonphase::figures
