#include "report/figures/axis.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

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
    if (panel.cells) {
      append(x, panel.cells->x_edges);
      append(y, panel.cells->y_edges);
    }
    for (const Series& s : panel.series) {
      append(x, s.x);
      append(y, s.y);
      append(y, s.upper);
    }
  }
};

Range range_of(const Axis& axis, const std::vector<double>& values) {
  Range range{axis.scale};
  const bool log = axis.scale == Scale::log;
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (const double v : values) {
    if (!std::isfinite(v) || (log && v <= 0)) continue;
    low = std::min(low, v);
    high = std::max(high, v);
  }
  if (!(low <= high)) {
    low = log ? 1 : 0;
    high = log ? 10 : 1;
  }
  low = axis.min.value_or(low);
  high = axis.max.value_or(high);
  if (!(high - low > 1e-12 * std::max(std::abs(low), std::abs(high)))) {  // one value: give it some room
    low = log ? low / 2 : low - (low == 0 ? 1 : 0.1 * std::abs(low));
    high = log ? high * 2 : high + (high == 0 ? 1 : 0.1 * std::abs(high));
  }
  range.min = range.first_positive = low;
  range.max = high;
  const Range bare = range;
  const bool has_zero = std::find(values.begin(), values.end(), 0.0) != values.end();
  if (!axis.max) range.max = bare.at(1 + axis.padding);
  if (log && axis.show_zero && has_zero && !axis.min) {
    range.zero = bare.at(-0.10);
    range.min = bare.at(-0.12);
  } else if (!axis.min) {
    range.min = bare.at(-axis.padding);
  }
  return range;
}

void check(const Figure& figure) {
  if (figure.panels.empty()) throw StudyError("a figure needs at least one panel");
  for (const Panel& panel : figure.panels) {
    for (const Series& s : panel.series) {
      const bool pair = s.kind != Kind::vertical && s.kind != Kind::horizontal;
      if ((pair && s.x.size() != s.y.size()) || (s.kind == Kind::band && s.x.size() != s.upper.size()))
        throw StudyError("a series of a figure has arrays of different lengths");
    }
    if (const auto& c = panel.cells;
        c && (c->x_edges.size() != c->rgb.rows() + 1 || c->y_edges.size() != c->rgb.cols() + 1))
      throw StudyError("the cells of a figure need one edge more than cells in each direction");
  }
}

}  // namespace

double Range::place(double value) const {
  if (value == 0 && zero) return *zero;
  return std::isfinite(value) && (value > 0 || scale == Scale::linear) ? value : std::nan("");
}

double Range::at(double fraction) const {
  return scale == Scale::log ? min * std::pow(max / min, fraction) : min + fraction * (max - min);
}

std::vector<Frame> frames_of(const Figure& figure) {
  check(figure);
  Shown all;
  for (const Panel& panel : figure.panels) all.add(panel);
  std::vector<Frame> frames;
  for (const Panel& panel : figure.panels) {
    Shown own;
    own.add(panel);
    frames.push_back(
        {range_of(panel.x, figure.share_x ? all.x : own.x), range_of(panel.y, figure.share_y ? all.y : own.y)});
  }
  return frames;
}

std::vector<LegendEntry> legend_of(const Figure& figure) {
  std::vector<LegendEntry> list;
  const auto add = [&](const LegendEntry& entry) {
    if (entry.text.empty()) return;
    const auto same = std::find_if(list.begin(), list.end(), [&](const auto& e) { return e.text == entry.text; });
    if (same == list.end()) return list.push_back(entry);
    if (entry.line) same->line = entry.line;
    if (entry.marker) same->marker = entry.marker;
    if (entry.fill) same->fill = entry.fill;
  };
  for (const Panel& panel : figure.panels)
    for (const LegendEntry& entry : panel.legend) add(entry);
  for (const Panel& panel : figure.panels)
    for (const Series& s : panel.series) {
      LegendEntry entry{s.legend};
      if (s.kind == Kind::band)
        entry.fill = s.style.color;
      else
        (s.kind == Kind::points ? entry.marker : entry.line) = s.style;
      add(entry);
    }
  return list;
}

Eigen::ArrayXd cell_edges(const Eigen::ArrayXd& centres) {
  const Eigen::Index n = centres.size();
  Eigen::ArrayXd edges(n + 1);
  if (n == 1) {
    edges << centres(0) - 0.05, centres(0) + 0.05;
  } else if (n > 1) {
    edges.segment(1, n - 1) = (centres.head(n - 1) + centres.tail(n - 1)) / 2;
    edges(0) = 2 * centres(0) - edges(1);
    edges(n) = 2 * centres(n - 1) - edges(n - 1);
  }
  return edges;
}

Series line(const Eigen::ArrayXd& x, const Eigen::ArrayXd& y, const Style& style, const Label& legend) {
  return {Kind::line, x, y, {}, style, legend};
}

Series points(const Eigen::ArrayXd& x, const Eigen::ArrayXd& y, const Style& style, const Label& legend) {
  return {Kind::points, x, y, {}, style, legend};
}

Series band(const Eigen::ArrayXd& x, const Eigen::ArrayXd& low, const Eigen::ArrayXd& high, Color color,
            const Label& legend) {
  Style style;
  style.color = color;
  return {Kind::band, x, low, high, style, legend};
}

Series vertical(double x, const Style& style, const Label& legend) {
  return {Kind::vertical, Eigen::ArrayXd::Constant(1, x), {}, {}, style, legend};
}

Series horizontal(double y, const Style& style, const Label& legend) {
  return {Kind::horizontal, {}, Eigen::ArrayXd::Constant(1, y), {}, style, legend};
}

}  // namespace muonphase::figures
