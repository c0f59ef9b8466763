#pragma once
#include <Eigen/Core>
#include <string>

namespace muonphase {

/// A risk curve measured elsewhere.
struct MeasuredRisk {
  std::string label;  ///< the file's name
  Eigen::ArrayXd step, risk;
};

/// Reads a table of any format that read_table() takes, or HDF5 ("FILE.h5" or "FILE.h5:/group", with datasets step and
/// risk).
///
/// A line of names decides which columns are step and risk; "FILE.csv:iter,loss" names others. Without a line of names
/// they are the first and the second.
///
/// IoError when it cannot be read; StudyError, naming file and line, when it is no curve: steps are finite and ≥ 0,
/// risks finite and > 0, as the axis is logarithmic.
MeasuredRisk read_measured_risk(const std::string& path);

}  // namespace muonphase
