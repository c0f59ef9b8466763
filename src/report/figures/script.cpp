#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "muonphase/report/figures/figure.hpp"
#include "report/figures/layout.hpp"
#include "report/figures/terminal.hpp"

namespace muonphase::figures {
namespace {

std::string color(Color c) {
  const auto transparency = static_cast<std::uint32_t>(std::lround(255 * (1 - std::clamp(c.opacity, 0.0, 1.0))));
  return fmt::format("rgb '#{:02X}{:06X}'", transparency, c.rgb);
}

std::string dash(Dash d) {
  switch (d) {
    case Dash::dashed:
      return "dashtype (4,4)";
    case Dash::dotted:
      return "dashtype (0.5,2.5)";
    case Dash::dash_dotted:
      return "dashtype (5,3.5,0.5,3.5)";
    case Dash::solid:
      break;
  }
  return "dashtype solid";
}

std::string line(const Style& s) {
  return fmt::format("linewidth {:.3g} linecolor {} {}", s.line_width, color(s.color), dash(s.dash));
}

int point_type(Marker marker) {
  switch (marker) {
    case Marker::open_circle:
      return 6;
    case Marker::square:
      return 5;
    case Marker::open_square:
      return 4;
    case Marker::diamond:
      return 13;
    case Marker::triangle:
      return 9;
    case Marker::cross:
      return 2;
    case Marker::circle:
    case Marker::none:
      break;
  }
  return 7;
}

/// Writes the program of one figure. Panels come first, each with its own axes; titles and legends last, on axes that
/// span the canvas in points.
class Writer {
 public:
  Writer(const Figure& figure, Format format)
      : figure_(figure),
        format_(format),
        layout_(laid_out(figure)),
        terminal_(terminal_of(format, layout_.width, layout_.height)) {}

  std::string script() {
    add("set encoding utf8");
    add(terminal_.command);
    add("set multiplot");
    add("unset key");
    add("set clip two");
    for (std::size_t i = 0; i < figure_.panels.size(); ++i) panel(figure_.panels[i], layout_.panels[i]);
    canvas();
    add("unset multiplot");
    return std::move(text_);
  }

 private:
  void add(std::string_view s) {
    text_ += s;
    text_ += '\n';
  }

  std::string marker(const Style& s) const {
    return fmt::format("pointtype {} pointsize {:.4g} linewidth 0.8 linecolor {}", point_type(s.marker),
                       terminal_.marker * s.marker_size, color(s.color));
  }

  /// A coordinate pair in points of the canvas.
  std::string at(double x, double y) const {
    return fmt::format("screen {:.6f}, screen {:.6f}", x / layout_.width, y / layout_.height);
  }

  void text(const Text& t, double x, double y, double size, std::string_view options) {
    if (t.empty()) return;
    add(fmt::format("set label {} at {} font ',{:.3g}' front {}", literal(t), at(x, y), size, options));
  }

  void rotated(const Text& t, double x, double y, double size) {
    text(t, x - terminal_.rotated_drop * size, y, size, "center rotate by 90");
  }

  void area(const Box& box) {
    add(fmt::format("set lmargin at screen {:.6f}", box.x / layout_.width));
    add(fmt::format("set rmargin at screen {:.6f}", (box.x + box.width) / layout_.width));
    add(fmt::format("set bmargin at screen {:.6f}", box.y / layout_.height));
    add(fmt::format("set tmargin at screen {:.6f}", (box.y + box.height) / layout_.height));
  }

  void clear() {
    add("unset label\nunset arrow\nunset object\nunset logscale\nunset grid\nunset border\nunset xtics\nunset ytics");
  }

  void axis(char name, const Range& range, const std::vector<Tick>& ticks, std::string_view options) {
    if (range.scale == Scale::log) add(fmt::format("set logscale {}", name));
    add(fmt::format("set {}range [{:.12g}:{:.12g}] noextend", name, range.min, range.max));
    std::string list;
    for (const Tick& t : ticks)
      list += fmt::format("{}{} {:.12g} {}", list.empty() ? "" : ", ", literal(t.label), t.position,
                          t.label.empty() ? 1 : 0);
    if (list.empty()) return;
    add(fmt::format("set {}tics out nomirror scale 0.55,0.3 font ',{}' offset {},{} {} ({})", name, paper::tick,
                    name == 'y' ? terminal_.tick_offset : 0.0, name == 'x' ? terminal_.tick_offset : 0.0, options,
                    list));
  }

  std::string block() { return fmt::format("$d{}", blocks_++); }

  /// A data block of (x, y[, upper]) rows, blank where the line is interrupted. Empty name when nothing can be shown.
  std::string rows(const Series& s, const PlacedPanel& p) {
    std::string data;
    bool any = false;
    for (Eigen::Index i = 0; i < s.x.size(); ++i) {
      const double x = p.x.place(s.x(i));
      double y = p.y.place(s.y(i));
      const double clamped = std::isnan(s.y(i)) ? s.y(i) : std::clamp(s.y(i), p.y.min, p.y.max);
      if (s.kind == Kind::band) y = clamped;  // its lower side may leave the axis
      if (std::isnan(x) || std::isnan(y)) {
        data += '\n';
        continue;
      }
      any = true;
      data += fmt::format("{:.9g} {:.9g}", x, y);
      if (s.kind == Kind::band) data += fmt::format(" {:.9g}", std::clamp(s.upper(i), p.y.min, p.y.max));
      data += '\n';
    }
    return any ? store(data) : std::string();
  }

  /// Lines across the panel.
  std::string rules(const Series& s, const PlacedPanel& p) {
    std::string data;
    if (s.kind == Kind::vertical)
      for (double x : s.x) data += fmt::format("{:.9g} {:.9g}\n{:.9g} {:.9g}\n\n", x, p.y.min, x, p.y.max);
    else
      for (double y : s.y) data += fmt::format("{:.9g} {:.9g}\n{:.9g} {:.9g}\n\n", p.x.min, y, p.x.max, y);
    return data.empty() ? data : store(data);
  }

  std::string store(const std::string& data) {
    const std::string name = block();
    text_ += fmt::format("{} << EOD\n{}EOD\n", name, data);
    return name;
  }

  void drawn(const Series& s, const PlacedPanel& p, std::vector<std::string>& plots) {
    const bool rule = s.kind == Kind::vertical || s.kind == Kind::horizontal;
    const std::string name = rule ? rules(s, p) : rows(s, p);
    if (name.empty()) return;
    if (s.kind == Kind::band)
      plots.push_back(fmt::format("{} using 1:2:3 with filledcurves linecolor {} fillstyle solid noborder", name,
                                  color(s.style.color)));
    else if (s.kind == Kind::points)
      plots.push_back(fmt::format("{} using 1:2 with points {}", name, marker(s.style)));
    else
      plots.push_back(fmt::format("{} using 1:2 with lines {}", name, line(s.style)));
  }

  /// Runs of one colour as single rectangles, a little larger towards cells that are drawn later: no seams show where
  /// the renderer smooths edges.
  void drawn(const Cells& c, const PlacedPanel& p, std::vector<std::string>& plots) {
    const double dx = 0.002 * (p.x.max - p.x.min), dy = 0.002 * (p.y.max - p.y.min);
    std::string data;
    for (Eigen::Index j = 0; j < c.rgb.cols(); ++j)
      for (Eigen::Index i = 0, end = 0; i < c.rgb.rows(); i = end) {
        while (end < c.rgb.rows() && c.rgb(end, j) == c.rgb(i, j)) ++end;
        const double right = c.x_edges(end) + (end < c.rgb.rows() ? dx : 0);
        const double upper = c.y_edges(j + 1) + (j + 1 < c.rgb.cols() ? dy : 0);
        data += fmt::format("{:.9g} {:.9g} {:.9g} {:.9g} {:.9g} {:.9g} {}\n", c.x_edges(i), c.y_edges(j), c.x_edges(i),
                            right, c.y_edges(j), upper, c.rgb(i, j));
      }
    if (!data.empty())
      plots.push_back(store(data) +
                      " using 1:2:3:4:5:6:7 with boxxyerror fillstyle solid 1 noborder linecolor rgb variable");
  }

  void marks(const Panel& panel, const PlacedPanel& p) {
    for (const Mark& m : panel.marks) {
      const double fx = p.x.fraction(p.x.place(m.x)), fy = p.y.fraction(p.y.place(m.y));
      if (!(fx >= 0 && fx <= 1 && fy >= 0 && fy <= 1)) continue;
      const double x = p.plot.x + fx * p.plot.width, y = p.plot.y + fy * p.plot.height;
      if (m.box)
        add(fmt::format(
            "set object rectangle center {} size screen {:.6f}, screen {:.6f} front fillcolor {} fillstyle solid 1 "
            "noborder",
            at(x, y), (width(m.text, m.size) + 2) / layout_.width, 1.25 * m.size / layout_.height, color(*m.box)));
      const char* align = m.align == Align::left ? "left" : m.align == Align::right ? "right" : "center";
      text(m.text, x, y, m.size, fmt::format("{} textcolor {}", align, color(m.color)));
    }
  }

  void break_mark(const PlacedPanel& p) {
    const double middle = p.x.fraction(std::sqrt(*p.x.zero * p.x.first_positive));
    text("//", p.plot.x + middle * p.plot.width, p.plot.y, 6, "center");
  }

  void color_bar(const ColorBar& bar, const PlacedPanel& p) {
    const Range scale{Scale::linear, bar.min, bar.max, {}, 0};
    const double left = p.plot.x + p.plot.width + 3 * paper::gap, right = left + paper::bar;
    constexpr int steps = 96;
    for (int i = 0; i < steps; ++i)
      add(fmt::format("set object rectangle from {} to {} fillcolor {} fillstyle solid 1 noborder",
                      at(left, p.plot.y + p.plot.height * i / steps),
                      at(right, p.plot.y + p.plot.height * std::min(i + 1.3, 1.0 * steps) / steps),
                      color(sequential((i + 0.5) / steps))));
    double labels = 0;
    for (const Tick& t : ticks_of(Axis{}, scale, p.plot.height, 24)) {
      const double y = p.plot.y + p.plot.height * scale.fraction(t.position);
      add(fmt::format("set arrow nohead from {} to {} linewidth 0.6 linecolor rgb 'black'", at(right, y),
                      at(right + paper::tick_length, y)));
      text(t.label, right + paper::tick_length + paper::gap, y, paper::tick, "left");
      labels = std::max(labels, width(t.label, paper::tick));
    }
    rotated(bar.label, right + paper::tick_length + 2 * paper::gap + labels + paper::label / 2,
            p.plot.y + p.plot.height / 2, paper::label);
  }

  void panel(const Panel& panel, const PlacedPanel& p) {
    using namespace paper;
    clear();
    area(p.plot);
    add(fmt::format("set border {} linewidth 0.6 linecolor rgb 'black' front", panel.cells.empty() ? 3 : 15));
    axis('x', p.x, p.x_ticks, p.rotate_x_ticks ? "rotate by 90 right" : "norotate");
    axis('y', p.y, p.y_ticks, "norotate");
    if (panel.grid && panel.cells.empty())
      add("set grid xtics ytics back linetype 1 linewidth 0.4 linecolor rgb '#DDDDDD'");
    text(bold(panel.title), p.plot.x + p.plot.width / 2, p.plot.y + p.plot.height + gap + label * line_step / 2, label,
         "center");
    text(panel.x.label, p.plot.x + p.plot.width / 2, p.plot.y - p.x_tick_room - gap - label * 0.5, label, "center");
    rotated(panel.y.label, p.plot.x - p.y_tick_room - gap - label * 0.6, p.plot.y + p.plot.height / 2, label);
    marks(panel, p);
    if (p.x.zero) break_mark(p);
    if (panel.color_bar) color_bar(*panel.color_bar, p);
    std::vector<std::string> plots;
    for (const Cells& c : panel.cells) drawn(c, p, plots);
    for (const Series& s : panel.series) drawn(s, p, plots);
    if (plots.empty())
      plots.push_back(store(fmt::format("{:.9g} {:.9g}\n", p.x.min, p.y.min)) +
                      " using 1:2 with dots linecolor rgb 'white'");
    plot(plots);
  }

  /// Samples are plotted, not drawn as arrows, whose dashes the SVG terminal mixes up.
  void legend(std::vector<std::string>& plots) {
    using namespace paper;
    for (const PlacedEntry& placed : layout_.legend) {
      const LegendEntry& e = placed.entry;
      const double x = placed.x, y = placed.y, half = 0.38 * paper::legend;
      if (e.fill)
        add(fmt::format("set object rectangle from {} to {} fillcolor {} fillstyle solid noborder", at(x, y - half),
                        at(x + swatch, y + half), color(*e.fill)));
      if (e.line)
        plots.push_back(store(fmt::format("{:.3f} {:.3f}\n{:.3f} {:.3f}\n", x, y, x + swatch, y)) +
                        " using 1:2 with lines " + line(*e.line));
      if (e.marker)
        plots.push_back(store(fmt::format("{:.3f} {:.3f}\n", x + swatch / 2, y)) + " using 1:2 with points " +
                        marker(*e.marker));
      text(e.text, x + swatch + 2 * gap, y, paper::legend, "left");
    }
  }

  void canvas() {
    using namespace paper;
    clear();
    area({0, 0, layout_.width, layout_.height});
    double y = layout_.height - border;
    for (const Text& t : layout_.title) {
      text(bold(t), layout_.width / 2, y - title * line_step / 2, title, "center");
      y -= title * line_step;
    }
    for (const Text& t : layout_.subtitle) {
      text(t, layout_.width / 2, y - subtitle * line_step / 2, subtitle, "center");
      y -= subtitle * line_step;
    }
    add(fmt::format("set xrange [0:{:.6f}] noextend\nset yrange [0:{:.6f}] noextend", layout_.width, layout_.height));
    std::vector<std::string> plots = {"-1"};  // nothing, below the canvas
    legend(plots);
    plot(plots);
  }

  void plot(const std::vector<std::string>& plots) {
    std::string command = "plot ";
    for (std::size_t i = 0; i < plots.size(); ++i) command += (i ? ", " : "") + plots[i];
    add(command);
  }

  /// A viewer of SVG has its own fonts; the other formats are drawn with ours.
  std::string literal(const Text& t) const { return quoted(format_ == Format::svg ? t : in_dejavu(t)); }

  const Figure& figure_;
  Format format_;
  Layout layout_;
  Terminal terminal_;
  std::string text_;
  int blocks_ = 0;
};

}  // namespace

std::string gnuplot_script(const Figure& figure, Format format) {
  return Writer(figure, format).script();
}

}  // namespace muonphase::figures
