#include "muonphase/report/measured_curve.hpp"

#include <fmt/format.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <vector>

#include "muonphase/core/error.hpp"
#include "muonphase/files/hdf5.hpp"

namespace muonphase {
namespace {

Eigen::ArrayXd array_of(const std::vector<double>& values) {
  return Eigen::Map<const Eigen::ArrayXd>(values.data(), static_cast<Eigen::Index>(values.size()));
}

MeasuredRisk read_hdf5(const std::string& path) {
  const auto colon = path.rfind(":/");
  const std::filesystem::path file = colon == std::string::npos ? path : path.substr(0, colon);
  std::string group = colon == std::string::npos ? "" : path.substr(colon + 1);
  while (!group.empty() && group.back() == '/') group.pop_back();
  const Hdf5Reader reader(file);
  MeasuredRisk curve{file.filename().string() + group, reader.vector(group + "/step"), reader.vector(group + "/risk")};
  if (curve.step.size() != curve.risk.size())
    throw StudyError(fmt::format("{}: step has {} values and risk {}", path, curve.step.size(), curve.risk.size()));
  return curve;
}

MeasuredRisk read_csv(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw IoError(path + ": cannot be read");
  std::vector<double> step, risk;
  std::string line;
  bool named = false;
  for (int number = 1; std::getline(file, line); ++number) {
    for (char& c : line)
      if (c == ',' || c == ';' || c == '\t' || c == '\r') c = ' ';
    const auto first = line.find_first_not_of(' ');
    if (first == std::string::npos || line[first] == '#') continue;
    std::istringstream fields(line);
    double t = 0, value = 0;
    if (fields >> t >> value && std::isfinite(t) && t >= 0) {
      step.push_back(t);
      risk.push_back(value);
    } else if (step.empty() && !named) {
      named = true;
    } else {
      throw StudyError(fmt::format("{}:{}: must begin with two numbers, step ≥ 0 and risk", path, number));
    }
  }
  if (file.bad()) throw IoError(path + ": cannot be read");
  return {std::filesystem::path(path).filename().string(), array_of(step), array_of(risk)};
}

}  // namespace

MeasuredRisk read_measured_risk(const std::string& path) {
  const bool hdf5 = path.find(".h5") != std::string::npos || path.find(".hdf5") != std::string::npos;
  MeasuredRisk curve = hdf5 ? read_hdf5(path) : read_csv(path);
  if (curve.step.size() == 0) throw StudyError(path + ": has no steps and risks");
  return curve;
}

}  // namespace muonphase
