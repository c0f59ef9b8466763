#pragma once
#include <Eigen/Core>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "muonphase/report/figures/label.hpp"
#include "muonphase/report/figures/style.hpp"

namespace muonphase::figures {

enum class Scale { linear, log };

/// One axis of a panel.
struct Axis {
  Label label;
  Scale scale = Scale::linear;
  std::optional<double> min, max;  ///< default: from the data
  std::vector<Label> categories;   ///< names of [0, 1], [1, 2], … in place of numbers
  bool show_tick_labels = true;
  /// Logarithmic only: data at 0 (the start of a run) are drawn a little below the first positive value, at a tick of
  /// their own.
  bool show_zero = false;
  double padding = 0;  ///< fraction of the range left free at both ends where min or max come from the data
};

enum class Kind {
  line,        ///< polyline through (x, y)
  points,      ///< markers at (x, y)
  band,        ///< filled between (x, y) and (x, upper)
  vertical,    ///< one line across the panel at each x
  horizontal,  ///< one line across the panel at each y
};

/// One drawn thing. A NaN, or a value its axis cannot show, interrupts a line or a band. Series of the same legend text
/// share one entry with their swatches laid over each other (a band and its mean).
struct Series {
  Kind kind = Kind::line;
  Eigen::ArrayXd x, y, upper;
  Style style;
  Label legend;  ///< empty: not in the legend
};

Series line(const Eigen::ArrayXd& x, const Eigen::ArrayXd& y, const Style& style, const Label& legend = {});
Series points(const Eigen::ArrayXd& x, const Eigen::ArrayXd& y, const Style& style, const Label& legend = {});
Series band(const Eigen::ArrayXd& x, const Eigen::ArrayXd& low, const Eigen::ArrayXd& high, Color color,
            const Label& legend = {});
Series vertical(double x, const Style& style, const Label& legend = {});
Series horizontal(double y, const Style& style, const Label& legend = {});

/// Rectangles on a grid, each filled with one colour.
struct Cells {
  Eigen::ArrayXd x_edges, y_edges;                                  ///< increasing, one more than cells
  Eigen::Array<std::uint32_t, Eigen::Dynamic, Eigen::Dynamic> rgb;  ///< [x, y], 0xRRGGBB
};

/// Boundaries of cells around centres (increasing): midpoints, the outer ones as far out as the inner ones are in. A
/// single centre gets a width of 0.1. One more entry than centres.
Eigen::ArrayXd cell_edges(const Eigen::ArrayXd& centres);

/// Label centred at a place of the data.
struct Mark {
  double x = 0, y = 0;
  Label text;
  double size = 7;  ///< points
  Color color = okabe_ito::black;
  std::optional<Color> box = {};  ///< fill behind the text
};

struct LegendEntry {
  Label text;
  std::optional<Style> line = {}, marker = {};
  std::optional<Color> fill = {};
};

/// Scale of the colours of cells, drawn at the right of the panel: sequential() from min to max.
struct ColorBar {
  double min = 0, max = 1;
  Label label;
};

/// Axes with things in them. Sizes are those of the plot area; room for labels is added around it.
struct Panel {
  Label title;
  Axis x, y;
  double width = 235, height = 180;  ///< points
  std::optional<Cells> cells;        ///< lowest, then series in order, then marks
  std::vector<Series> series;
  std::vector<Mark> marks;
  std::vector<LegendEntry> legend;  ///< entries beside those of the series, before them
  std::optional<ColorBar> color_bar;
};

/// Panels in rows of `columns`, aligned; one title above and one legend below all of them.
struct Figure {
  Label title, subtitle;
  std::vector<Panel> panels;
  int columns = 1;
  bool share_x = false, share_y = false;  ///< one range for all panels
};

/// Image formats, told by the extension.
enum class Format { png, svg, pdf };

/// StudyError naming png, svg and pdf for any other extension.
Format format_of(const std::filesystem::path& path);

/// The gnuplot program that draws the figure to its standard output. StudyError when the figure has no panel or arrays
/// of one thing differ in length.
std::string gnuplot_script(const Figure& figure, Format format);

/// Draws the figure (PNG: at least 1600 pixels wide and 300 dots per inch) and puts the file in place when it is
/// complete, over an older one. IoError when gnuplot is missing or fails, or the file cannot be written.
void save_figure(const Figure& figure, const std::filesystem::path& path);

}  // namespace muonphase::figures
