// Text that holds a table: which lines are titles, names and numbers.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "files/table_parts.hpp"
#include "files/text_lines.hpp"

namespace muonphase {
namespace {

using Fields = std::vector<TextField>;

std::optional<double> plain_number(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  double value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (stop != end || error == std::errc::invalid_argument) return std::nullopt;
  if (error == std::errc::result_out_of_range) return std::strtod(std::string(text).c_str(), nullptr);
  return value;
}

// Something that a program writes where a value is missing.
bool is_gap(std::string_view text) {
  for (const char* gap : {"", "NA", "N/A", "na", "n/a", "null", "NULL", "None", "none", "-", "--", "?", ".", "missing"})
    if (text == gap) return true;
  return false;
}

// "0.98+0.1j", "(0.4+0j)"
bool is_complex(std::string_view text) {
  if (text.starts_with('(') && text.ends_with(')')) text = text.substr(1, text.size() - 2);
  if (text.size() < 2 || std::string_view("ijIJ").find(text.back()) == std::string_view::npos) return false;
  text.remove_suffix(1);
  double value = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc()) return false;
  const std::string_view imaginary = text.substr(static_cast<std::size_t>(stop - text.data()));
  return imaginary.empty() || plain_number(imaginary).has_value();
}

// A number in a spelling that is not read, "1,000.5", "1_000", "0x10" or with a typographic minus: a value, not a name.
bool is_unread_number(const TextField& field) {
  std::string_view text = field.text;
  if (field.quoted) return false;
  bool minus = false;
  for (const std::string_view sign : {"\u2212", "-", "+"})
    if (text.starts_with(sign)) {
      text.remove_prefix(sign.size());
      minus = sign.size() > 1;
      break;
    }
  if (minus && plain_number(text)) return true;
  if (text.starts_with("0x") || text.starts_with("0X")) {
    text.remove_prefix(2);
    return !text.empty() && text.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
  }
  return !text.empty() && text[0] >= '0' && text[0] <= '9' &&
         text.find_first_not_of("0123456789.,_'") == std::string_view::npos && !plain_number(text);
}

class TextTable {
 public:
  TextTable(std::string_view text, NumberTable& table)
      : table_(table), lines_(lines_of(text)), delimiter_(delimiter_of(lines_)), commas_(delimiter_ != ',') {}

  void read() {
    const std::size_t first = read_names();
    for (std::size_t i = first; i < lines_.size(); ++i) add(lines_[i]);
    finish();
  }

 private:
  std::optional<double> number(const TextField& field) const { return number_in(field.text, commas_); }

  bool is_data(const Fields& fields) const {
    return std::any_of(fields.begin(), fields.end(), [&](const auto& field) {
      return number(field) || is_complex(field.text) || is_unread_number(field);
    });
  }

  Fields fields_at(std::size_t line) const {
    Fields fields;
    split_line(lines_[line].text, delimiter_, fields);
    return fields;
  }

  // Names that are numbers, as in ",0" and "\"id\",\"2019\"": by the line below them.
  bool names_above(const Fields& names, const Fields& below) const {
    if (names.size() != below.size()) return false;
    bool labels = names[0].text.empty() && names.size() > 1, quoted = false;
    for (std::size_t i = 0; i < names.size(); ++i) {
      const bool over_number = number(below[i]).has_value();
      if (i > 0) labels = labels && names[i].text == std::to_string(i - 1) && over_number;
      quoted = quoted || (names[i].quoted && !below[i].quoted && over_number);
      const bool word =
          !number(names[i]) && !is_gap(names[i].text) && !is_complex(names[i].text) && !is_unread_number(names[i]);
      if (word && over_number) return true;
    }
    return labels || (quoted && std::all_of(names.begin(), names.end(), [](const auto& n) { return n.quoted; }));
  }

  void take_names(std::size_t line, std::size_t width) {
    for (const auto& field : fields_at(line)) table_.names.emplace_back(field.text);
    for (auto& name : table_.names)
      for (auto at = name.find("\"\""); at != std::string::npos; at = name.find("\"\"", at + 1)) name.erase(at, 1);
    if (table_.names.size() > width && table_.names.back().empty()) table_.names.pop_back();
    table_.names_line = lines_[line].number;
    if (table_.names.size() + 1 == width) table_.names.insert(table_.names.begin(), "");  // row names have none in R
    table_.names.resize(width);
  }

  // The index of the first line with a row. Titles above the names are passed over.
  std::size_t read_names() {
    if (lines_.empty()) return 0;
    std::size_t data = 0;
    while (data < lines_.size() && !is_data(fields_at(data))) ++data;
    if (data == lines_.size()) {
      width_ = fields_at(0).size();
      take_names(0, width_);
      return 1;
    }
    const Fields first = fields_at(data);
    width_ = first.size();
    if (data == 0) {
      if (lines_.size() == 1 || !names_above(first, fields_at(1))) return 0;
      take_names(0, width_);
      return 1;
    }
    if (first.back().text.empty() && fields_at(data - 1).size() + 1 == width_) --width_;  // a delimiter at every end
    for (std::size_t i = 0; i < data; ++i)
      if (fields_at(i).size() == width_) {
        take_names(i, width_);
        return i + 1;
      }
    if (fields_at(data - 1).size() + 1 == width_) take_names(data - 1, width_);
    return data;
  }

  void add(const TextLine& line) {
    split_line(line.text, delimiter_, fields_);
    if (fields_.size() == width_ + 1 && fields_.back().text.empty()) fields_.pop_back();
    if (fields_.size() != width_)
      throw StudyError(fmt::format("{}:{}: has {} values where {} has {}: \"{}\"; every line needs as many",
                                   table_.file.string(), line.number, fields_.size(), first_place(), width_,
                                   printable(line.text)));
    table_.words.resize(width_);
    const auto row = static_cast<Eigen::Index>(table_.lines.size());
    table_.lines.push_back(line.number);
    for (std::size_t i = 0; i < width_; ++i) {
      const auto value = number(fields_[i]);
      cells_.push_back(value.value_or(std::numeric_limits<double>::quiet_NaN()));
      if (value)
        note_decimals(fields_[i].text, line.number);
      else if (NumberTable::Words& words = table_.words[i]; words.count++ == 0)
        words = {1, row, std::string(fields_[i].text.substr(0, 200))};
    }
    pairs_ = pairs_ && width_ == 2 && std::all_of(fields_.begin(), fields_.end(), [](const TextField& field) {
               return !field.quoted && field.text.find_first_not_of("+-0123456789") == std::string_view::npos;
             });
  }

  std::string first_place() const {
    const std::size_t line = !table_.lines.empty() ? table_.lines[0] : table_.names_line;
    return line ? fmt::format("line {}", line) : "the first line of numbers";
  }

  // "1,234" is a thousand in a file that writes "0.5".
  void note_decimals(std::string_view text, std::size_t line) {
    if (!commas_) return;
    (text.find(',') != std::string_view::npos ? comma_ : point_) |= text.find_first_of(",.") != std::string_view::npos;
    if (comma_ && point_)
      throw StudyError(
          fmt::format("{}:{}: \"{}\": commas and points are mixed in the numbers of this file; write all "
                      "with points and none with commas",
                      table_.file.string(), line, printable(text)));
  }

  void finish() {
    using RowMajor = Eigen::Array<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
    const auto rows = static_cast<Eigen::Index>(table_.lines.size());
    table_.words.resize(width_);
    table_.values = Eigen::Map<const RowMajor>(cells_.data(), rows, static_cast<Eigen::Index>(width_));
    table_.maybe_decimal_comma = delimiter_ == ',' && rows > 0 && pairs_ && table_.names.empty();
    const auto empty = [&](std::size_t i) {
      return rows > 0 && table_.words[i].count == rows && table_.words[i].first.empty() &&
             (table_.names.empty() || table_.names[i].empty());
    };
    // Delimiters at the ends of lines.
    while (width_ > 1 && empty(width_ - 1)) drop(width_ - 1);
    while (width_ > 1 && empty(0)) drop(0);
  }

  void drop(std::size_t column) {
    const auto at = static_cast<std::ptrdiff_t>(column);
    --width_;
    const auto cols = static_cast<Eigen::Index>(width_);
    table_.values = Eigen::ArrayXXd(column == 0 ? table_.values.rightCols(cols) : table_.values.leftCols(cols));
    table_.words.erase(table_.words.begin() + at);
    if (!table_.names.empty()) table_.names.erase(table_.names.begin() + at);
  }

  NumberTable& table_;
  std::vector<TextLine> lines_;
  char delimiter_;
  bool commas_, comma_ = false, point_ = false, pairs_ = true;
  std::size_t width_ = 0;
  Fields fields_;
  std::vector<double> cells_;  // row by row
};

}  // namespace

std::optional<double> number_in(std::string_view text, bool decimal_comma) {
  if (text.empty()) return std::nullopt;
  const auto comma = decimal_comma ? text.find(',') : std::string_view::npos;
  if (comma != std::string_view::npos) {
    const bool digit_after = comma + 1 < text.size() && text[comma + 1] >= '0' && text[comma + 1] <= '9';
    if (!digit_after || text.find('.') != std::string_view::npos) return std::nullopt;  // "1," is a cell's end
    std::string pointed(text);
    pointed[comma] = '.';
    return plain_number(pointed);
  }
  if (const auto value = plain_number(text)) return value;
  const auto exponent = text.find_first_of("dD");  // Fortran's 1.5D+00
  if (exponent == 0 || exponent == std::string_view::npos) return std::nullopt;
  std::string with_e(text);
  with_e[exponent] = 'e';
  return plain_number(with_e);
}

void read_text_table(const std::string& bytes, NumberTable& table) {
  const std::string text = utf8_of(bytes);
  if (text.find('\0') != std::string::npos)
    throw StudyError(table.file.string() +
                     ": is no text (it holds zero bytes), nor .npy, .npz or HDF5: save the table in one of these");
  TextTable(text, table).read();
}

}  // namespace muonphase
