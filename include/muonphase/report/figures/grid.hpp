#pragma once
#include <optional>
#include <string>
#include <vector>

#include "muonphase/report/figures/figure.hpp"

namespace muonphase::figures {

/// A table of numbers shown as colours, for example a confusion matrix.
struct Grid {
  Text title;
  Eigen::ArrayXXd value;                             ///< [row, column], row 0 on top; NaN is grey
  std::vector<std::string> row_names, column_names;  ///< default: numbers from 0
};

struct GridOptions {
  Text title, subtitle, row_label, column_label, value_label;
  std::optional<double> min, max;  ///< of the colours; default: of all values
  int columns = 3;
};

/// The grids as panels with one scale of colours; values are written in the cells where they fit. StudyError when names
/// do not match a table.
Figure grid_figure(const std::vector<Grid>& grids, const GridOptions& options = {});

}  // namespace muonphase::figures
