#include "json.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>

namespace muonphase::json {

std::string text(const std::string& words) {
  std::string out = "\"";
  for (const char c : words) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\')
      out += fmt::format("\\{}", c);
    else if (byte < 0x20)
      out += fmt::format("\\u{:04x}", byte);
    else
      out += c;
  }
  return out + '"';
}

std::string number(double value) {
  if (std::isnan(value)) return "null";
  if (std::isinf(value)) return value > 0 ? "1e999" : "-1e999";
  return fmt::format("{}", value);
}

std::string list(const std::vector<std::string>& values) {
  return fmt::format("[{}]", fmt::join(values, ","));
}

std::string numbers(std::span<const double> values) {
  std::vector<std::string> parts;
  for (const double value : values) parts.push_back(number(value));
  return list(parts);
}

std::string texts(const std::vector<std::string>& words) {
  std::vector<std::string> parts;
  for (const auto& word : words) parts.push_back(text(word));
  return list(parts);
}

std::string object(const std::vector<std::pair<std::string, std::string>>& members) {
  std::vector<std::string> parts;
  for (const auto& [name, value] : members) parts.push_back(text(name) + ":" + value);
  return fmt::format("{{{}}}", fmt::join(parts, ","));
}

}  // namespace muonphase::json
