#include "study/toml_value.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace muonphase {
namespace {

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      out += fmt::format("\\u{:04X}", static_cast<unsigned char>(c));
    } else {
      out += c;
    }
  }
  return out + '"';
}

// Bare where TOML allows that.
std::string key_of(const std::string& name) {
  constexpr const char* bare = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
  return !name.empty() && name.find_first_not_of(bare) == std::string::npos ? name : quoted(name);
}

std::string format_float(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  std::string text = fmt::format("{}", value);
  return text.find_first_of(".e") == std::string::npos ? text + ".0" : text;
}

struct Formatter {
  std::string operator()(TomlValue::Date) const { return "a date"; }
  std::string operator()(bool value) const { return value ? "true" : "false"; }
  std::string operator()(std::int64_t value) const { return std::to_string(value); }
  std::string operator()(double value) const { return format_float(value); }
  std::string operator()(const std::string& value) const { return quoted(value); }
  std::string operator()(const TomlValue::List& list) const {
    std::string text;
    for (const auto& item : list) text += (text.empty() ? "" : ", ") + format_toml(item);
    return "[" + text + "]";
  }
  std::string operator()(const TomlValue::Table& table) const {
    std::string text;
    for (const auto& [name, value] : table)
      text += (text.empty() ? "" : ", ") + key_of(name) + " = " + format_toml(value);
    return "{" + text + "}";
  }
};

}  // namespace

bool TomlValue::number(double& number) const {
  if (const auto* whole = get_if<std::int64_t>()) {
    number = static_cast<double>(*whole);
    return true;
  }
  if (const auto* real = get_if<double>()) {
    number = *real;
    return true;
  }
  return false;
}

const TomlValue* TomlValue::find(std::string_view name) const {
  const auto* table = get_if<Table>();
  if (!table) return nullptr;
  const auto entry = std::find_if(table->begin(), table->end(), [&](const TomlEntry& e) { return e.name == name; });
  return entry == table->end() ? nullptr : &entry->value;
}

std::string format_toml(const TomlValue& value) {
  return std::visit(Formatter{}, value.data);
}

}  // namespace muonphase
