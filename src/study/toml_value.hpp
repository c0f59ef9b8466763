#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace muonphase {

struct TomlEntry;

/// A TOML value and the place where it was written, "FILE:LINE" or the name of a flag.
struct TomlValue {
  using List = std::vector<TomlValue>;
  using Table = std::vector<TomlEntry>;
  struct Date {};  ///< the one kind of TOML value that no key takes

  std::variant<Date, bool, std::int64_t, double, std::string, List, Table> data;
  std::string where;

  template <class T>
  const T* get_if() const {
    return std::get_if<T>(&data);
  }
  /// Sets `number` when the value is an integer or a float.
  bool number(double& number) const;
  /// The entry of that name; null when there is none or the value is no table.
  const TomlValue* find(std::string_view name) const;
};

struct TomlEntry {
  std::string name;
  TomlValue value;
};

/// Parses a document; `file` names it in messages. StudyError quotes the line of a syntax error.
TomlValue parse_toml(std::string_view text, const std::string& file);

/// Sets one value of a table from "key.path=value"; a bare word that is no TOML value is a string. `where` names the
/// flag it came from. Where is_section(path) a table adds to the one that is there. StudyError when the assignment
/// cannot be read.
void assign_toml(TomlValue& table, const std::string& assignment, const std::string& where,
                 const std::function<bool(const std::string&)>& is_section);

/// The value as TOML, on one line; numbers read back to the same bits.
std::string format_toml(const TomlValue& value);

}  // namespace muonphase
