#include "muonphase/report/measured_curve.hpp"

#include <fmt/format.h>

#include <cmath>
#include <filesystem>

#include "muonphase/core/error.hpp"
#include "muonphase/files/hdf5.hpp"
#include "muonphase/files/table.hpp"

namespace muonphase {
namespace {

struct CurveColumns {
  std::size_t step, risk;
};

// Which columns are the curve: those named, else step and risk, else the first two.
CurveColumns curve_columns(const NumberTable& table) {
  const std::string file = table.file.string();
  const auto comma = table.selection.find(',');
  if (!table.selection.empty() && comma == std::string::npos)
    throw StudyError(fmt::format("{}: two columns make a curve; name them, {}:xcolumn,ycolumn", file, table.typed));
  const bool named = comma != std::string::npos;
  const std::string step_name = named ? table.selection.substr(0, comma) : "step",
                    risk_name = named ? table.selection.substr(comma + 1) : "risk";
  if (table.names.empty()) {
    const std::string place = table.lines.empty() ? table.place() : table.place(0);
    if (named)
      throw StudyError(fmt::format("{}: has no line of names to find {} and {} in", place, printable(step_name),
                                   printable(risk_name)));
    if (table.columns() < 2)
      throw StudyError(fmt::format("{}: needs a step ≥ 0 in column 1 and a risk in column 2", place));
    return {0, 1};
  }
  const auto step = table.find(step_name), risk = table.find(risk_name);
  if (step && risk) return {*step, *risk};
  std::string names;
  for (const auto& name : table.names) names += (names.empty() ? "" : ", ") + printable(name);
  throw StudyError(fmt::format("{}:{}: has the columns {}, not {} and {}; name those to draw, {}:xcolumn,ycolumn", file,
                               table.names_line, names, printable(step_name), printable(risk_name), table.typed));
}

void check_point(double step, double risk, const std::string& place) {
  if (!std::isfinite(step) || step < 0)
    throw StudyError(fmt::format("{}: step {}: must be finite and ≥ 0", place, step));
  if (!(risk > 0) || !std::isfinite(risk))
    throw StudyError(fmt::format("{}: risk {}: must be positive and finite, as its axis is logarithmic", place, risk));
}

MeasuredRisk read_columns(const std::string& path) {
  const NumberTable table = read_table(path);
  MeasuredRisk curve{table.file.filename().string(), {}, {}};
  if (table.rows() == 0) return curve;
  const CurveColumns columns = curve_columns(table);
  curve.step = table.numbers(columns.step);
  curve.risk = table.numbers(columns.risk);
  for (Eigen::Index i = 0; i < table.rows(); ++i) check_point(curve.step(i), curve.risk(i), table.place(i));
  return curve;
}

// Groups that hold a curve, "/signsvd" or "" for the root.
void find_curves(const Hdf5Reader& file, const std::string& group, std::vector<std::string>& found) {
  if (file.has(group + "/step") && file.has(group + "/risk")) found.push_back(group);
  for (const auto& name : file.groups(group.empty() ? "/" : group)) find_curves(file, group + "/" + name, found);
}

MeasuredRisk read_hdf5(const std::string& path) {
  const auto colon = path.rfind(":/");
  const std::filesystem::path file = colon == std::string::npos ? path : path.substr(0, colon);
  std::string group = colon == std::string::npos ? "" : path.substr(colon + 1);
  while (!group.empty() && group.back() == '/') group.pop_back();
  const Hdf5Reader reader(file);
  if (!reader.has(group + "/step") || !reader.has(group + "/risk")) {
    std::vector<std::string> curves;
    find_curves(reader, "", curves);
    std::string names;
    for (const auto& curve : curves)
      names += fmt::format("{}\"{}:{}\"", names.empty() ? "" : " or ", file.string(), curve);
    throw StudyError(fmt::format("{}: has no datasets step and risk in {}{}", file.string(),
                                 group.empty() ? "/" : group, names.empty() ? "" : "; name " + names));
  }
  MeasuredRisk curve{file.filename().string() + group, reader.vector(group + "/step"), reader.vector(group + "/risk")};
  if (curve.step.size() != curve.risk.size())
    throw StudyError(fmt::format("{}: step has {} values and risk {}", path, curve.step.size(), curve.risk.size()));
  for (Eigen::Index i = 0; i < curve.step.size(); ++i)
    check_point(curve.step(i), curve.risk(i), fmt::format("{}: value {}", path, i + 1));
  return curve;
}

}  // namespace

MeasuredRisk read_measured_risk(const std::string& path) {
  const bool hdf5 = path.find(".h5") != std::string::npos || path.find(".hdf5") != std::string::npos;
  MeasuredRisk curve = hdf5 ? read_hdf5(path) : read_columns(path);
  if (curve.step.size() == 0) throw StudyError(path + ": has no steps and risks");
  return curve;
}

}  // namespace muonphase
