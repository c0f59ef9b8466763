#pragma once
#include <Eigen/Core>
#include <string>

namespace muonphase {

/// A risk curve measured elsewhere.
struct MeasuredRisk {
  std::string label;  ///< the file's name
  Eigen::ArrayXd step, risk;
};

/// Reads CSV (columns step, risk separated by commas, semicolons or blanks; further columns, blank lines, lines that
/// begin with # and one line of names are passed over) or HDF5 ("FILE.h5" or "FILE.h5:/group", with datasets step and
/// risk). IoError when it cannot be read; StudyError, naming file and line, when it is no curve: steps are finite and
/// ≥ 0, risks are numbers.
MeasuredRisk read_measured_risk(const std::string& path);

}  // namespace muonphase
