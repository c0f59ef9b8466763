#include "muonphase/results/csv_export.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <span>
#include <utility>

#include "muonphase/results/output.hpp"

namespace muonphase {
namespace {

namespace fs = std::filesystem;

using Column = std::vector<std::string>;

// RFC 4180: quoted where it must be.
std::string field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

Column column_of(const Hdf5Reader& file, const std::string& path) {
  if (file.is_text(path)) {
    Column texts = file.strings(path);
    for (auto& text : texts) text = field(text);
    return texts;
  }
  Column numbers;
  for (const double value : file.numbers(path).values) numbers.push_back(fmt::format("{}", value));
  return numbers;
}

std::string name_of(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

// The datasets of one group over the same scales.
struct Table {
  std::string name;
  std::vector<std::string> scales, datasets;
};

std::string table_name(const std::string& group, const std::vector<std::string>& dimensions) {
  std::string name = group == "/" ? "" : group.substr(1) + ".";
  std::replace(name.begin(), name.end(), '/', '.');
  return name + (dimensions.empty() ? "scalars" : fmt::format("{}", fmt::join(dimensions, "-"))) + ".csv";
}

void collect_tables(const Hdf5Reader& file, const std::string& group, std::vector<Table>& tables) {
  const std::string prefix = group == "/" ? "/" : group + "/";
  std::map<std::vector<std::string>, std::size_t> by_scales;
  for (const auto& name : file.datasets(group)) {
    const auto scales = file.scales(prefix + name);
    if (scales == std::vector{prefix + name}) continue;  // a scale: the first columns of others
    const auto [entry, is_new] = by_scales.try_emplace(scales, tables.size());
    if (is_new) tables.push_back({table_name(group, file.dimensions(prefix + name)), scales, {}});
    tables[entry->second].datasets.push_back(prefix + name);
  }
  for (const auto& name : file.groups(group)) collect_tables(file, prefix + name, tables);
}

// Coordinates in row-major order, then the values.
std::string text_of(const Hdf5Reader& file, const Table& table) {
  std::vector<Column> columns;
  std::vector<std::string> header;
  const auto shape = file.shape(table.datasets.front());
  std::size_t rows = 1;
  for (const std::size_t length : shape) rows *= length;
  std::size_t repeat = rows;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    repeat /= std::max<std::size_t>(shape[i], 1);
    const Column coordinate = column_of(file, table.scales[i]);
    Column& column = columns.emplace_back();
    for (std::size_t row = 0; row < rows; ++row) column.push_back(coordinate[row / repeat % shape[i]]);
    header.push_back(name_of(table.scales[i]));
  }
  for (const auto& dataset : table.datasets) {
    columns.push_back(column_of(file, dataset));
    header.push_back(name_of(dataset));
  }
  std::string text = fmt::format("{}\n", fmt::join(header, ","));
  for (std::size_t row = 0; row < rows; ++row)
    for (std::size_t i = 0; i < columns.size(); ++i) text += columns[i][row] + (i + 1 < columns.size() ? "," : "\n");
  return text;
}

std::string attribute_of(const Hdf5Reader& file, const std::string& path, const std::string& name) {
  return file.has_attribute(path, name) ? field(file.text_attribute(path, name)) : "";
}

std::string describe_columns(const Hdf5Reader& file, const std::vector<Table>& tables) {
  std::string text = "table,column,units,long_name\n";
  for (const auto& table : tables) {
    std::vector<std::string> paths = table.scales;
    paths.insert(paths.end(), table.datasets.begin(), table.datasets.end());
    for (const auto& path : paths)
      text += fmt::format("{},{},{},{}\n", table.name, name_of(path), attribute_of(file, path, "units"),
                          attribute_of(file, path, "long_name"));
  }
  return text;
}

std::string describe_provenance(const Hdf5Reader& file) {
  std::string text = "name,value\n";
  for (const char* name : {"muonphase_version", "kind", "command_line", "created", "git_commit"})
    text += fmt::format("{},{}\n", name, field(file.text_attribute("/", name)));
  for (const char* name : {"seed", "ranks", "threads"})
    text += fmt::format("{},{:.0f}\n", name, file.number_attribute("/", name));
  return text;
}

}  // namespace

std::vector<fs::path> export_csv(const Hdf5Reader& result, const fs::path& folder, bool overwrite) {
  std::vector<Table> tables;
  collect_tables(result, "/", tables);
  std::vector<std::pair<fs::path, std::string>> files;
  for (const auto& table : tables) files.emplace_back(folder / table.name, text_of(result, table));
  files.emplace_back(folder / "columns.csv", describe_columns(result, tables));
  files.emplace_back(folder / "study.toml", result.text_attribute("/", "study"));
  files.emplace_back(folder / "provenance.csv", describe_provenance(result));

  for (const auto& [path, text] : files) require_other_file(path, {result.path().string()});
  for (const auto& [path, text] : files)
    if (fs::exists(path) && !overwrite) throw IoError(path.string() + ": is there already (--force overwrites it)");
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) throw IoError(fmt::format("{}: cannot be made: {}", folder.string(), error.message()));
  std::vector<fs::path> paths;
  for (const auto& [path, text] : files) {
    write_file(path, std::as_bytes(std::span(text)));
    paths.push_back(path);
  }
  return paths;
}

}  // namespace muonphase
