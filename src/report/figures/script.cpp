#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "report/figures/canvas.hpp"

namespace muonphase::figures {
namespace {

/// A terminal on which one unit is about one point.
std::string terminal(Format format, double width, double height) {
  const std::string font = "font 'DejaVu Sans,9' rounded background rgb 'white'";
  if (format == Format::pdf)
    return fmt::format("pdfcairo size {:.4f}in,{:.4f}in {} fontscale 0.75 linewidth 2 pointscale 0.29 dashlength 3.6",
                       width / 72, height / 72, font);
  const double scale = format == Format::svg ? 96.0 / 72 : std::max(300.0 / 72, 1600 / width);
  const std::string size = fmt::format("size {:.0f},{:.0f}", std::ceil(width * scale), std::ceil(height * scale));
  if (format == Format::svg)
    return fmt::format("svg {} fixed {} fontscale {:.4f} linewidth {:.4f} dashlength 2", size, font, scale, scale);
  return fmt::format("pngcairo {} {} fontscale {:.4f} linewidth {:.4f} pointscale {:.4f} dashlength {:.4f}", size, font,
                     0.75 * scale, scale, 0.28 * scale, 0.9 * scale);
}

/// What follows `set xtics`: names of categories; a step of 1, 2 or 5 × 10^k; powers of ten; on a logarithmic axis of
/// less than two of these 1, 2, 5 × 10^k. At most about `most` labels.
std::string ticks(const Axis& axis, const Range& range, double most) {
  std::vector<std::string> list;
  for (const Label& name : axis.categories)
    list.push_back(
        fmt::format("{} {}", quoted(axis.show_tick_labels ? name : Label()), static_cast<double>(list.size()) + 0.5));
  if (!list.empty()) return fmt::format("({})", fmt::join(list, ", "));
  const double low = range.zero ? range.first_positive : range.min;
  const double raw = (range.max - low) / most, decade = std::pow(10, std::floor(std::log10(raw)));
  const double step = decade * (raw <= 1.1 * decade ? 1 : raw <= 2.2 * decade ? 2 : raw <= 5.5 * decade ? 5 : 10);
  if (axis.scale == Scale::linear) return fmt::format("{:.9g}", step);
  const double first = std::ceil(std::log10(low) - 1e-9), last = std::floor(std::log10(range.max) + 1e-9);
  if (last > first) {
    const double stride = std::ceil((last - first + 1) / most);
    return fmt::format("{:.9g}, {:.9g}", std::pow(10, stride * std::ceil(first / stride)), std::pow(10, stride));
  }
  for (double power = std::pow(10, first - 1); power <= range.max; power *= 10)
    for (const int m : {1, 2, 5})
      if (m * power >= low && m * power <= range.max) list.push_back(fmt::format("{:.9g}", m * power));
  if (list.size() < 2)
    for (double k = std::ceil(low / step); k * step <= range.max; ++k) list.push_back(fmt::format("{:.9g}", k * step));
  return fmt::format("({})", fmt::join(list, ", "));
}

std::string color(Color c) {
  const auto transparency = static_cast<std::uint32_t>(std::lround(255 * (1 - std::clamp(c.opacity, 0.0, 1.0))));
  return fmt::format("rgb '#{:02X}{:06X}'", transparency, c.rgb);
}

std::string line(const Style& s) {
  constexpr const char* dashes[] = {"solid", "(4,4)", "(0.5,2.5)", "(5,3.5,0.5,3.5)"};
  return fmt::format("with lines linewidth {:.3g} linecolor {} dashtype {}", s.line_width, color(s.color),
                     dashes[static_cast<int>(s.dash)]);
}

std::string marker(const Style& s, Format format) {
  constexpr int types[] = {7, 7, 6, 4, 13, 9, 2};
  return fmt::format("with points pointtype {} pointsize {:.4g} linewidth 0.8 linecolor {}",
                     types[static_cast<int>(s.marker)], (format == Format::svg ? 0.18 : 0.5) * s.marker_size,
                     color(s.color));
}

/// Writes the program of one figure. Panels come first, each with its own axes; titles and legend last, on axes that
/// span the canvas in points. The legend is no key of gnuplot's: that cannot lay a line over a band.
class Writer {
 public:
  Writer(const Figure& figure, Format format)
      : figure_(figure), format_(format), frames_(frames_of(figure)), canvas_(laid_out(figure)) {
    add(fmt::format("set encoding utf8\nset minussign\nset terminal {}",
                    terminal(format, canvas_.width, canvas_.height)));
    add("set multiplot\nunset key\nset clip two");
    for (std::size_t i = 0; i < figure_.panels.size(); ++i) panel(figure_.panels[i], frames_[i], canvas_.plots[i]);
    headings_and_legend();
    add("unset multiplot");
  }

  std::string text() { return std::move(text_); }

 private:
  void add(std::string_view s) {
    text_ += s;
    text_ += '\n';
  }

  /// Axes of a plot area, nothing on them.
  void begin(const Box& box) {
    add("unset label\nunset object\nunset logscale\nunset grid\nunset border\nunset xtics\nunset ytics\nunset title\n"
        "unset xlabel\nunset ylabel\nunset colorbox");
    add(fmt::format("set lmargin at screen {:.6f}\nset rmargin at screen {:.6f}", box.x / canvas_.width,
                    (box.x + box.width) / canvas_.width));
    add(fmt::format("set bmargin at screen {:.6f}\nset tmargin at screen {:.6f}", box.y / canvas_.height,
                    (box.y + box.height) / canvas_.height));
    plots_.clear();
  }

  void end() {
    std::string command = "plot -1 linecolor rgb '#FF000000'";  // something to plot where there is nothing
    for (const auto& plot : plots_) command += ", " + plot;
    add(command);
  }

  void axis(char name, const Axis& axis, const Range& range, double length, const Box& box) {
    if (range.scale == Scale::log) add(fmt::format("set logscale {}", name));
    add(fmt::format("set {}range [{:.12g}:{:.12g}] noextend", name, range.min, range.max));
    const bool linear = range.scale == Scale::linear, turned = name == 'x' && upright(axis, box.width);
    const bool powers = !linear && std::floor(std::log10(range.max)) > std::ceil(std::log10(range.min));
    const double most = length / (name == 'x' ? 28 : linear ? 24 : 18);
    add(fmt::format("set format {} '{}'\nset {}tics out nomirror scale 0.55,0.3 {} font ',{}' {}", name,
                    !axis.show_tick_labels ? ""
                    : powers               ? "10^{%T}"
                                           : "%h",
                    name, turned ? "rotate by 90 right" : "norotate", tick_size, ticks(axis, range, most)));
    if (range.zero)
      add(fmt::format("set {}tics add ('{}' {:.9g})", name, axis.show_tick_labels ? "0" : "", *range.zero));
    if (!axis.label.empty())
      add(fmt::format("set {}label {} font ',{}' offset {}", name, quoted(axis.label), label_size,
                      turned        ? "0,1.8"
                      : name == 'x' ? "0,0.3"
                                    : "0.6,0"));
  }

  /// A data block; its name.
  std::string store(const std::string& rows) {
    const std::string name = fmt::format("$d{}", blocks_++);
    text_ += fmt::format("{} << EOD\n{}EOD\n", name, rows);
    return name;
  }

  /// (x, y[, upper]) rows, blank where the line is interrupted. Empty when nothing can be shown.
  static std::string rows(const Series& s, const Frame& f) {
    std::string data;
    const bool filled = s.kind == Kind::band;
    const auto row = [&](double x, double y) { data += fmt::format("{:.9g} {:.9g}\n", x, y); };
    if (s.kind == Kind::vertical)
      for (const double x : s.x) row(x, f.y.min), row(x, f.y.max), data += '\n';
    if (s.kind == Kind::horizontal)
      for (const double y : s.y) row(f.x.min, y), row(f.x.max, y), data += '\n';
    if (s.kind == Kind::vertical || s.kind == Kind::horizontal) return data;
    const auto kept = [&](double y) { return std::isnan(y) ? y : std::clamp(y, f.y.min, f.y.max); };
    bool any = false;
    for (Eigen::Index i = 0; i < s.x.size(); ++i) {
      // The sides of a band may leave the axis.
      const double x = f.x.place(s.x(i)), y = filled ? kept(s.y(i)) : f.y.place(s.y(i));
      const bool shown = !std::isnan(x) && !std::isnan(y);
      any = any || shown;
      data += !shown   ? "\n"
              : filled ? fmt::format("{:.9g} {:.9g} {:.9g}\n", x, y, kept(s.upper(i)))
                       : fmt::format("{:.9g} {:.9g}\n", x, y);
    }
    return any ? data : "";
  }

  void draw(const Series& s, const Frame& f) {
    const std::string data = rows(s, f);
    if (data.empty()) return;
    const std::string how =
        s.kind == Kind::band
            ? fmt::format("using 1:2:3 with filledcurves linecolor {} fillstyle solid noborder", color(s.style.color))
        : s.kind == Kind::points ? marker(s.style, format_)
                                 : line(s.style);
    plots_.push_back(store(data) + " " + how);
  }

  /// Runs of one colour as single rectangles, a little larger towards cells that are drawn later: no seams show where
  /// the renderer smooths edges.
  void draw(const Cells& c, const Frame& f) {
    const double dx = 0.002 * (f.x.max - f.x.min), dy = 0.002 * (f.y.max - f.y.min);
    std::string data;
    for (Eigen::Index j = 0; j < c.rgb.cols(); ++j)
      for (Eigen::Index i = 0, end = 0; i < c.rgb.rows(); i = end) {
        while (end < c.rgb.rows() && c.rgb(end, j) == c.rgb(i, j)) ++end;
        data += fmt::format("{0:.9g} {1:.9g} {0:.9g} {2:.9g} {1:.9g} {3:.9g} {4}\n", c.x_edges(i), c.y_edges(j),
                            c.x_edges(end) + (end < c.rgb.rows() ? dx : 0),
                            c.y_edges(j + 1) + (j + 1 < c.rgb.cols() ? dy : 0), c.rgb(i, j));
      }
    plots_.push_back(store(data) +
                     " using 1:2:3:4:5:6:7 with boxxyerror fillstyle solid 1 noborder linecolor rgb variable");
  }

  void mark(const Mark& m, const Frame& f) {
    const double x = f.x.place(m.x), y = f.y.place(m.y);
    if (!(x >= f.x.min && x <= f.x.max && y >= f.y.min && y <= f.y.max)) return;
    if (m.box)
      add(fmt::format(
          "set object rectangle center first {:.9g}, first {:.9g} size screen {:.6f}, screen {:.6f} front "
          "fillcolor {} fillstyle solid 1 noborder",
          x, y, (width(m.text, m.size) + 2) / canvas_.width, 1.25 * m.size / canvas_.height, color(*m.box)));
    add(fmt::format("set label {} at first {:.9g}, first {:.9g} center front font ',{:.3g}' textcolor {}",
                    quoted(m.text), x, y, m.size, color(m.color)));
  }

  void color_bar(const ColorBar& bar, const Frame& f, const Box& box) {
    std::string colors;
    for (int i = 0; i <= 16; ++i) colors += fmt::format("{}{} '#{:06X}'", i ? ", " : "", i, sequential(i / 16.0).rgb);
    add(fmt::format("set palette defined ({})\nset cbrange [{:.9g}:{:.9g}]\nset cblabel {}", colors, bar.min, bar.max,
                    quoted(bar.label)));
    add(fmt::format(
        "set colorbox user origin screen {:.6f}, screen {:.6f} size screen {:.6f}, screen {:.6f}\nset cbtics "
        "font ',{}' offset -0.6,0",
        (box.x + box.width + 8) / canvas_.width, box.y / canvas_.height, bar_width / canvas_.width,
        box.height / canvas_.height, tick_size));
    plots_.push_back(store(fmt::format("{:.9g} {:.9g} {:.9g}\n", f.x.min, f.y.min, bar.min)) +
                     " using 1:2:3 with dots linecolor palette");  // the bar belongs to what is drawn with it
  }

  void panel(const Panel& panel, const Frame& f, const Box& box) {
    begin(box);
    add(fmt::format("set border {} linewidth 0.6 linecolor rgb 'black' front", panel.cells ? 15 : 3));
    axis('x', panel.x, f.x, box.width, box);
    axis('y', panel.y, f.y, box.height, box);
    if (!panel.cells) add("set grid xtics ytics back linetype 1 linewidth 0.4 linecolor rgb '#DDDDDD'");
    if (!panel.title.empty())
      add(fmt::format("set title {} font ',{}' offset 0,-0.5", quoted(bold(panel.title)), label_size));
    for (const Mark& m : panel.marks) mark(m, f);
    if (f.x.zero)  // where the axis is broken
      add(fmt::format("set label '//' at first {:.9g}, graph 0 center front font ',6'",
                      std::sqrt(*f.x.zero * f.x.first_positive)));
    if (panel.color_bar) color_bar(*panel.color_bar, f, box);
    if (panel.cells) draw(*panel.cells, f);
    for (const Series& s : panel.series) draw(s, f);
    end();
  }

  void text(const Label& label, double x, double y, double size, const char* align) {
    add(fmt::format("set label {} at first {:.3f}, first {:.3f} {} front font ',{:.3g}'", quoted(label), x, y, align,
                    size));
  }

  void legend() {
    for (const auto& [e, x, y] : canvas_.legend) {
      const double half = 0.38 * legend_size;
      const auto sample = [&](const std::string& data, const std::string& how) {
        plots_.push_back(store(data) + " " + how);
      };
      if (e.fill)
        sample(fmt::format("{0:.3f} {1:.3f} {2:.3f}\n{3:.3f} {1:.3f} {2:.3f}\n", x, y - half, y + half, x + swatch),
               "using 1:2:3 with filledcurves fillstyle solid noborder linecolor " + color(*e.fill));
      if (e.line) sample(fmt::format("{:.3f} {:.3f}\n{:.3f} {:.3f}\n", x, y, x + swatch, y), line(*e.line));
      if (e.marker) sample(fmt::format("{:.3f} {:.3f}\n", x + swatch / 2, y), marker(*e.marker, format_));
      text(e.text, x + swatch + 5, y, legend_size, "left");
    }
  }

  void headings_and_legend() {
    begin({0, 0, canvas_.width, canvas_.height});
    add(fmt::format("set xrange [0:{:.6f}] noextend\nset yrange [0:{:.6f}] noextend", canvas_.width, canvas_.height));
    double y = canvas_.height - border;
    for (const Label& part : canvas_.title) {
      text(bold(part), canvas_.width / 2, y - title_size * line_height / 2, title_size, "center");
      y -= title_size * line_height;
    }
    if (!figure_.subtitle.empty())
      text(figure_.subtitle, canvas_.width / 2, y - subtitle_size * line_height / 2, subtitle_size, "center");
    legend();
    end();
  }

  const Figure& figure_;
  Format format_;
  std::vector<Frame> frames_;
  Canvas canvas_;
  std::string text_;
  std::vector<std::string> plots_;
  int blocks_ = 0;
};

}  // namespace

std::string gnuplot_script(const Figure& figure, Format format) {
  return Writer(figure, format).text();
}

}  // namespace muonphase::figures
