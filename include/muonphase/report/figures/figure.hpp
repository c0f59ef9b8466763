#pragma once
#include <Eigen/Core>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "muonphase/report/figures/axis.hpp"
#include "muonphase/report/figures/style.hpp"
#include "muonphase/report/figures/text.hpp"

namespace muonphase::figures {

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
  Text legend;  ///< empty: not in the legend
};

Series line(const Eigen::ArrayXd& x, const Eigen::ArrayXd& y, const Style& style, const Text& legend = {});
Series points(const Eigen::ArrayXd& x, const Eigen::ArrayXd& y, const Style& style, const Text& legend = {});
Series band(const Eigen::ArrayXd& x, const Eigen::ArrayXd& low, const Eigen::ArrayXd& high, Color color,
            const Text& legend = {});
Series vertical(double x, const Style& style, const Text& legend = {});
Series horizontal(double y, const Style& style, const Text& legend = {});

/// Rectangles on a grid, each filled with one colour.
struct Cells {
  Eigen::ArrayXd x_edges, y_edges;                                  ///< increasing, one more than cells
  Eigen::Array<std::uint32_t, Eigen::Dynamic, Eigen::Dynamic> rgb;  ///< [x, y], 0xRRGGBB
};

enum class Align { left, centre, right };

/// Text at a place of the data.
struct Mark {
  double x = 0, y = 0;
  Text text;
  double size = 7;  ///< points
  Color color = okabe_ito::black;
  Align align = Align::centre;
  std::optional<Color> box;  ///< fill behind the text
};

struct LegendEntry {
  Text text;
  std::optional<Style> line, marker;
  std::optional<Color> fill;
};

/// Scale of the colours of cells, drawn at the right of the panel: sequential() from min to max.
struct ColorBar {
  double min = 0, max = 1;
  Text label;
};

/// Axes with things in them. Sizes are those of the plot area; room for labels is added around it.
struct Panel {
  Text title;
  Axis x, y;
  double width = 235, height = 180;  ///< points
  std::vector<Cells> cells;          ///< lowest, then series in order, then marks
  std::vector<Series> series;
  std::vector<Mark> marks;
  std::vector<LegendEntry> legend;  ///< entries beside those of the series, before them
  std::optional<ColorBar> color_bar;
  bool grid = true;
};

/// Panels in rows of `columns`, aligned; one title above and one legend below all of them. The canvas takes the size
/// that its contents need, so nothing is clipped; at the sizes given text is readable when a figure of one column is
/// scaled to the column of a paper.
struct Figure {
  Text title, subtitle;
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
