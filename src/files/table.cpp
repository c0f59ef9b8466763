#include "muonphase/files/table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstring>
#include <fstream>
#include <iterator>
#include <set>

#include "files/table_parts.hpp"
#include "muonphase/files/hdf5.hpp"

namespace muonphase {

namespace fs = std::filesystem;

namespace {

std::string lower_case(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

// "a", "b" or "c", the first twenty of them.
std::string listed(const std::vector<std::string>& texts) {
  constexpr std::size_t most = 20;
  const std::size_t shown = texts.size() > most + 1 ? most : texts.size();
  std::string line;
  for (std::size_t i = 0; i < shown; ++i)
    line += fmt::format("{}\"{}\"", i == 0 ? "" : i + 1 == texts.size() ? " or " : ", ", printable(texts[i]));
  return shown < texts.size() ? fmt::format("{} (and {} more)", line, texts.size() - shown) : line;
}

bool is_file(const fs::path& path) {
  std::error_code error;
  return fs::exists(path, error);
}

// Sets file, typed and selection from "FILE" or "FILE:selection"; a file may have colons in its name.
void locate(const std::string& path, const fs::path& folder, NumberTable& table) {
  std::string typed = path;
  for (auto end = path.size(); end != std::string::npos && end > 0; end = path.rfind(':', end - 1))
    if (is_file(folder / path.substr(0, end))) {
      typed = path.substr(0, end);
      break;
    }
  if (!is_file(folder / typed)) {  // for the message
    const auto dataset = path.rfind(":/");
    typed = path.substr(0, dataset != std::string::npos && dataset > 0 ? dataset : path.rfind(':'));
  }
  table.file = folder / typed;
  table.typed = typed;
  table.selection = typed.size() < path.size() ? path.substr(typed.size() + 1) : "";
}

bool is_hdf5(std::ifstream& stream) {
  for (const int offset : {0, 512, 1024, 2048}) {  // after a block of another program
    char signature[8] = {};
    stream.clear();
    stream.seekg(offset);
    if (stream.read(signature, 8) && std::string_view(signature, 8) == "\x89HDF\r\n\x1a\n") return true;
  }
  stream.clear();
  stream.seekg(0);
  return false;
}

void add_datasets(const Hdf5Reader& file, const std::string& group, int depth, std::vector<std::string>& paths) {
  constexpr int deepest = 32;  // links may go in circles
  for (const auto& name : file.datasets(group)) paths.push_back(group + name);
  if (depth == deepest) return;
  for (const auto& name : file.groups(group)) add_datasets(file, group + name + "/", depth + 1, paths);
}

// Of what other programs pack, only gzip is unpacked here.
void refuse_compressed(std::string_view bytes, const std::string& name) {
  static constexpr std::array<std::pair<std::string_view, const char*>, 5> signatures = {{{{"\xfd"
                                                                                            "7zXZ\0",
                                                                                            6},
                                                                                           "xz"},
                                                                                          {"\x28\xb5\x2f\xfd", "zstd"},
                                                                                          {"\x04\x22\x4d\x18", "lz4"},
                                                                                          {"7z\xbc\xaf\x27\x1c", "7z"},
                                                                                          {"BZh", "bzip2"}}};
  for (const auto& [signature, program] : signatures)
    if (bytes.starts_with(signature) && (signature != "BZh" || bytes.substr(4).starts_with("1AY&SY")))
      throw StudyError(
          fmt::format("{}: is compressed by {}, which is not read: unpack it, or use gzip", name, program));
}

void read_hdf5_table(NumberTable& table) {
  const Hdf5Reader file(table.file);
  choose_dataset(file, table);
  const NumericArray array = file.numbers(table.object);
  if (array.shape.size() > 2)
    throw StudyError(fmt::format("{}: has {} dimensions, a table one or two", table.place(), array.shape.size()));
  const auto length = [&](std::size_t i) {
    return i < array.shape.size() ? static_cast<Eigen::Index>(array.shape[i]) : 1;
  };
  using RowMajor = Eigen::Array<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  table.values = Eigen::Map<const RowMajor>(array.values.data(), length(0), length(1));
}

}  // namespace

std::vector<std::string> numeric_datasets(const Hdf5Reader& file) {
  std::vector<std::string> paths;
  add_datasets(file, "/", 0, paths);
  std::erase_if(paths, [&](const std::string& path) { return !file.other_than_numbers(path).empty(); });
  return paths;
}

void choose_dataset(const Hdf5Reader& file, NumberTable& table) {
  if (!table.selection.empty() && table.selection[0] != '/') table.selection.insert(0, "/");
  std::vector<std::string> paths;
  add_datasets(file, "/", 0, paths);
  // One that is named, or is alone, is looked at whatever it holds: so it is said what that is.
  const std::string meant = table.selection.empty() && paths.size() == 1 ? paths[0] : table.selection;
  if (std::find(paths.begin(), paths.end(), meant) == paths.end())
    return choose_object(numeric_datasets(file), "datasets", table);
  table.object = meant;
  table.selection.clear();
  const std::string other = file.other_than_numbers(meant);
  if (other.empty()) return;
  const char* way_out =
      other == "complex numbers" ? "save their real parts as float64 (numpy.real)" : "save it as an array of float64";
  throw StudyError(fmt::format("{}: holds {}, not real numbers; {}", table.place(), other, way_out));
}

void choose_object(const std::vector<std::string>& objects, const std::string& kind, NumberTable& table) {
  const std::string given = table.selection;
  table.selection.clear();
  std::vector<std::string> spellings;
  for (const auto& object : objects) {
    spellings.push_back(table.typed + ":" + object);
    if (given == object) {
      table.object = object;
      return;
    }
  }
  for (const auto& object : objects)
    if (given.starts_with(object + ":")) {
      table.object = object;
      table.selection = given.substr(object.size() + 1);
      return;
    }
  const std::string place = table.file.string();
  if (objects.empty()) throw StudyError(fmt::format("{}: has no numeric {}", place, kind));
  if (!given.empty() && given != "/")
    throw StudyError(
        fmt::format("{}: has no \"{}\"; name one of its {}, {}", place, printable(given), kind, listed(spellings)));
  if (objects.size() > 1)
    throw StudyError(fmt::format("{}: has several {}; name one, {}", place, kind, listed(spellings)));
  table.object = objects[0];
}

TableFormat locate_table(const std::string& path, const fs::path& folder, NumberTable& table) {
  locate(path, folder, table);
  const std::string name = table.file.string();
  std::error_code error;
  if (fs::is_directory(table.file, error)) throw IoError(name + ": is a directory, not a table of numbers");
  if (is_file(table.file) && !fs::is_regular_file(table.file, error))
    throw IoError(name + ": is a pipe or a device: tables are read more than once, from files");
  std::ifstream stream(table.file, std::ios::binary);
  if (!stream) throw IoError(fmt::format("{}: cannot be read: {}", name, std::strerror(errno)));
  const std::string extension = lower_case(table.file.extension().string());
  if (is_hdf5(stream) || extension == ".h5" || extension == ".hdf5") return TableFormat::hdf5;
  char first[6] = {};
  stream.read(first, sizeof first);
  const std::string_view signature(first, static_cast<std::size_t>(stream.gcount()));
  if (signature == "\x93NUMPY") return TableFormat::npy;
  const bool zip = signature.starts_with("PK\x03\x04") || signature.starts_with("PK\x05\x06");
  return zip ? TableFormat::npz : TableFormat::text;
}

namespace {

NumberTable read_any(const std::string& path, const fs::path& folder, Dimensions dimensions) {
  NumberTable table;
  TableFormat format = locate_table(path, folder, table);
  if (format == TableFormat::hdf5) {
    read_hdf5_table(table);
    return table;
  }
  const std::string name = table.file.string();
  std::ifstream stream(table.file, std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(stream), {}};
  if (stream.bad()) throw IoError(name + ": cannot be read");
  if (bytes.starts_with("\x1f\x8b")) bytes = gunzip(bytes, name);
  refuse_compressed(bytes, name);
  if (bytes.starts_with("\x93NUMPY")) format = TableFormat::npy;  // also when it was compressed
  if (format == TableFormat::npy)
    read_npy(bytes, dimensions, table);
  else if (format == TableFormat::npz)
    read_npz(bytes, dimensions, table);
  else
    read_text_table(bytes, table);
  return table;
}

}  // namespace

NumberTable read_table(const std::string& path, const fs::path& folder) {
  return read_any(path, folder, Dimensions::of_a_table);
}

NumberTable read_samples_table(const std::string& path, const fs::path& folder) {
  return read_any(path, folder, Dimensions::of_samples);
}

bool NumberTable::has_numbers(std::size_t column) const {
  return words.empty() || words[column].count < rows();
}

std::string NumberTable::place() const {
  return object.empty() ? file.string() : file.string() + ":" + printable(object);
}

std::string NumberTable::place(Eigen::Index row) const {
  if (!lines.empty()) return fmt::format("{}:{}", file.string(), lines[static_cast<std::size_t>(row)]);
  return fmt::format("{}: row {}", place(), row + 1);
}

std::string NumberTable::spelled(std::size_t column) const {
  const std::string whole = object.empty() ? typed : typed + ":" + object;
  if (!names.empty()) {
    const std::string& name = names[column];
    const bool once = std::count(names.begin(), names.end(), name) == 1;
    if (once && !name.empty() && printable(name) == name) return whole + ":" + name;
  }
  return fmt::format("{}:{}", whole, column + 1);
}

std::string NumberTable::choices() const {
  std::vector<std::string> spellings;
  for (std::size_t i = 0; i < columns(); ++i) spellings.push_back(spelled(i));
  return listed(spellings);
}

std::optional<std::size_t> NumberTable::find(const std::string& name) const {
  for (std::size_t i = 0; i < names.size(); ++i)
    if (names[i] == name) return i;
  for (std::size_t i = 0; i < names.size(); ++i)
    if (lower_case(names[i]) == lower_case(name)) return i;
  return std::nullopt;
}

std::size_t NumberTable::selected() const {
  if (const auto named = find(selection)) {
    if (std::count(names.begin(), names.end(), names[*named]) > 1)
      throw StudyError(fmt::format("{}: has several columns \"{}\"; name one by its number, {}", place(),
                                   printable(selection), choices()));
    return *named;
  }
  std::size_t number = 0;
  const char* const end = selection.data() + selection.size();
  const auto [stop, error] = std::from_chars(selection.data(), end, number);
  if (error == std::errc() && stop == end && number >= 1 && number <= columns()) return number - 1;
  throw StudyError(fmt::format("{}: has no column \"{}\"; name one of {}", place(), printable(selection), choices()));
}

Eigen::ArrayXd NumberTable::numbers(std::size_t column) const {
  if (!words.empty() && words[column].count > 0) {
    const Words& found = words[column];
    const std::string which = names.empty() || names[column].empty()
                                  ? fmt::format("column {}", column + 1)
                                  : fmt::format("column {}", printable(names[column]));
    std::string way_out;
    if (found.first.find_first_of("ij") != std::string::npos && found.first.find_first_of("0123456789") == 0)
      way_out = "; of complex numbers write the real parts only (eigenvalues of a symmetric matrix are real)";
    else if (columns() > 1)
      way_out = fmt::format("; columns are {}", choices());
    throw StudyError(fmt::format("{}: {}: \"{}\" is not a number{}", place(found.first_row), which,
                                 printable(found.first), way_out));
  }
  return values.col(static_cast<Eigen::Index>(column));
}

Eigen::MatrixXd NumberTable::matrix() const {
  const bool index = !names.empty() && names[0].empty() && columns() > 1;
  const Eigen::Index first = index && counts_rows(0) ? 1 : 0;
  Eigen::MatrixXd result(rows(), values.cols() - first);
  for (Eigen::Index j = first; j < values.cols(); ++j)
    result.col(j - first) = numbers(static_cast<std::size_t>(j)).matrix();
  return result;
}

bool NumberTable::counts_rows(std::size_t column) const {
  const auto counted = values.col(static_cast<Eigen::Index>(column));
  if (rows() == 0 || (counted(0) != 0 && counted(0) != 1)) return false;
  for (Eigen::Index i = 1; i < rows(); ++i)
    if (counted(i) != counted(0) + static_cast<double>(i)) return false;
  return true;
}

std::string printable(std::string_view text) {
  constexpr std::size_t most = 60;
  std::string line;
  for (std::size_t at = 0; at < text.size();) {
    if (line.size() >= most) return line + "…";
    const auto byte = [&](std::size_t i) {
      return static_cast<unsigned char>(at + i < text.size() ? text[at + i] : 0);
    };
    const unsigned lead = byte(0);
    std::size_t length = lead < 0x80 ? 1 : lead >= 0xC2 && lead < 0xE0 ? 2 : lead >= 0xE0 && lead < 0xF0 ? 3 : 0;
    if (lead >= 0xF0 && lead < 0xF5) length = 4;
    for (std::size_t i = 1; i < length; ++i)
      if ((byte(i) & 0xC0) != 0x80) length = 0;
    const bool control = lead < 0x20 || lead == 0x7F || (lead == 0xC2 && byte(1) < 0xA0);
    if (length == 0 || control) {
      line += fmt::format("\\x{:02x}", lead);
      ++at;
    } else {
      line += text.substr(at, length);
      at += length;
    }
  }
  return line;
}

}  // namespace muonphase
