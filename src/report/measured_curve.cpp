#include "muonphase/report/measured_curve.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <optional>
#include <vector>

#include "muonphase/core/error.hpp"
#include "muonphase/files/hdf5.hpp"

namespace muonphase {
namespace {

using Fields = std::vector<std::string>;

std::string trimmed(std::string text) {
  const auto unwanted = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '"' || c == '\''; };
  while (!text.empty() && unwanted(text.back())) text.pop_back();
  return text.erase(0, static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), unwanted) - text.begin()));
}

Fields split(const std::string& line, char separator) {
  Fields fields(1);
  for (const char c : line)
    if (c == separator)
      fields.emplace_back();
    else
      fields.back() += c;
  for (auto& field : fields) field = trimmed(field);
  if (separator == ' ') std::erase(fields, "");
  return fields;
}

std::optional<double> number_of(std::string text, char separator) {
  if (separator != ',') std::replace(text.begin(), text.end(), ',', '.');
  double value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data() + (text.starts_with('+') ? 1 : 0), end, value);
  if (error != std::errc() || stop != end) return std::nullopt;
  return value;
}

// What separates the columns, by the first line. "0 0,8" has blanks, and decimal commas.
char separator_of(const std::string& line) {
  for (const char c : {';', '\t'})
    if (line.find(c) != std::string::npos) return c;
  const Fields words = split(line, ' ');
  const bool numbers =
      std::all_of(words.begin(), words.end(), [](const auto& w) { return number_of(w, ' ').has_value(); });
  return line.find(',') == std::string::npos || (numbers && words.size() > 1) ? ' ' : ',';
}

// The number of a column by its name, whatever its case; one past the last when there is none.
std::size_t column_of(const Fields& names, const std::string& name) {
  const auto same = [](char a, char b) { return std::tolower(a) == std::tolower(b); };
  return static_cast<std::size_t>(
      std::find_if(names.begin(), names.end(),
                   [&](const auto& n) { return std::equal(n.begin(), n.end(), name.begin(), name.end(), same); }) -
      names.begin());
}

struct CsvReader {
  std::string path, step_name = "step", risk_name = "risk";
  bool by_name = false;  // the columns were named by the user
  std::size_t step = 0, risk = 1;
  std::vector<double> steps, risks;

  StudyError error(int line, const std::string& what) const {
    return StudyError(fmt::format("{}:{}: {}", path, line, what));
  }

  void read_names(const Fields& names, int line) {
    step = column_of(names, step_name);
    risk = column_of(names, risk_name);
    if (step == names.size() || risk == names.size())
      throw error(line, fmt::format("has the columns {}, not {} and {}; name those to draw, {}:xcolumn,ycolumn",
                                    fmt::join(names, ", "), step_name, risk_name, path));
  }

  void read_row(const Fields& fields, char separator, int line) {
    const auto at = [&](std::size_t column) {
      return column < fields.size() ? number_of(fields[column], separator) : std::nullopt;
    };
    const auto t = at(step), value = at(risk);
    if (!t || !value || !std::isfinite(*t) || *t < 0)
      throw error(line, fmt::format("needs a step ≥ 0 in column {} and a risk in column {}", step + 1, risk + 1));
    if (!(*value > 0) || !std::isfinite(*value))
      throw error(line, fmt::format("risk {}: must be positive and finite, as its axis is logarithmic", fields[risk]));
    steps.push_back(*t);
    risks.push_back(*value);
  }

  void read() {
    std::ifstream file(path);
    if (!file) throw IoError(path + ": cannot be read");
    std::string line;
    char separator = 0;
    for (int number = 1; std::getline(file, line); ++number) {
      if (number == 1 && line.starts_with("\xEF\xBB\xBF")) line.erase(0, 3);
      const std::string content = trimmed(line);
      if (content.empty() || content[0] == '#') continue;
      const bool first = separator == 0;
      if (first) separator = separator_of(content);
      const Fields fields = split(content, separator);
      const bool names = std::none_of(fields.begin(), fields.end(),
                                      [&](const auto& field) { return number_of(field, separator).has_value(); });
      if (first && names)
        read_names(fields, number);
      else if (first && by_name)
        throw error(number, fmt::format("has no line of names to find {} and {} in", step_name, risk_name));
      else
        read_row(fields, separator, number);
    }
    if (file.bad()) throw IoError(path + ": cannot be read");
  }
};

Eigen::ArrayXd array_of(const std::vector<double>& values) {
  return Eigen::Map<const Eigen::ArrayXd>(values.data(), static_cast<Eigen::Index>(values.size()));
}

MeasuredRisk read_csv(const std::string& path) {
  CsvReader reader{.path = path, .steps = {}, .risks = {}};
  const auto colon = path.rfind(':'), comma = path.rfind(',');
  if (colon != std::string::npos && comma != std::string::npos && comma > colon && !std::filesystem::exists(path)) {
    reader.path = path.substr(0, colon);
    reader.step_name = path.substr(colon + 1, comma - colon - 1);
    reader.risk_name = path.substr(comma + 1);
    reader.by_name = true;
  }
  reader.read();
  return {std::filesystem::path(reader.path).filename().string(), array_of(reader.steps), array_of(reader.risks)};
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
  if (!(curve.risk > 0).all() || !curve.risk.isFinite().all())
    throw StudyError(path + ": risks must be positive and finite, as their axis is logarithmic");
  return curve;
}

}  // namespace

MeasuredRisk read_measured_risk(const std::string& path) {
  const bool hdf5 = path.find(".h5") != std::string::npos || path.find(".hdf5") != std::string::npos;
  MeasuredRisk curve = hdf5 ? read_hdf5(path) : read_csv(path);
  if (curve.step.size() == 0) throw StudyError(path + ": has no steps and risks");
  return curve;
}

}  // namespace muonphase
