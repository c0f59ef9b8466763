#include "report/report_json.hpp"

#include <fmt/format.h>

#include <cmath>

namespace muonphase {
namespace {

std::string json_number(double value) {
  return std::isfinite(value) ? fmt::format("{:.6g}", value) : "null";
}

void put(const NumericArray& array, std::size_t dimension, std::size_t& at, std::string& out) {
  if (dimension == array.shape.size()) {
    out += json_number(array.values[at++]);
    return;
  }
  out += '[';
  for (std::size_t i = 0; i < array.shape[dimension]; ++i) {
    if (i > 0) out += ',';
    put(array, dimension + 1, at, out);
  }
  out += ']';
}

}  // namespace

std::string json_text(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\')
      out += fmt::format("\\{}", c);
    else if (byte < 0x20 || c == '<' || c == '>' || c == '&')
      out += fmt::format("\\u{:04x}", byte);
    else
      out += c;
  }
  out += '"';
  return out;
}

std::string json_numbers(std::span<const double> values) {
  return json_array({.shape = {values.size()}, .values = {values.begin(), values.end()}});
}

std::string json_array(const NumericArray& array) {
  std::string out;
  std::size_t at = 0;
  put(array, 0, at, out);
  return out;
}

}  // namespace muonphase
