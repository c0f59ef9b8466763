#include "muonphase/report/figures/label.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <sstream>

namespace muonphase::figures {
namespace {

/// Bytes of the UTF-8 character that starts at s[i]; 0 where none does. Overlong forms, surrogates and what SVG forbids
/// are no characters.
std::size_t length_at(std::string_view s, std::size_t i) {
  const auto byte = [&](std::size_t k) { return static_cast<unsigned char>(s[k]); };
  const unsigned char lead = byte(i);
  if (lead < 0x80) return 1;
  const std::size_t length = lead >= 0xC2 && lead < 0xE0 ? 2 : lead >= 0xE0 && lead < 0xF0 ? 3 : lead < 0xF5 ? 4 : 0;
  if (length == 0 || lead < 0xC2 || i + length > s.size()) return 0;
  std::uint32_t point = lead & (0x7Fu >> length);
  for (std::size_t k = i + 1; k < i + length; ++k) {
    if ((byte(k) & 0xC0) != 0x80) return 0;
    point = (point << 6) | (byte(k) & 0x3Fu);
  }
  const bool overlong = (length == 3 && point < 0x800) || (length == 4 && point < 0x10000);
  const bool surrogate = point >= 0xD800 && point < 0xE000;
  const bool forbidden = point > 0x10FFFF || (point & 0xFFFE) == 0xFFFE || point < 0xA0;
  return overlong || surrogate || forbidden ? 0 : length;
}

/// A space for each control character, U+FFFD for what is not UTF-8; everything else as it is.
std::string sanitized(std::string_view text) {
  std::string clean;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = length_at(text, i);
    const bool control = length == 1 && (static_cast<unsigned char>(text[i]) < 0x20 || text[i] == 0x7F);
    clean += length == 0 ? "\uFFFD" : control ? " " : text.substr(i, length);
    i += std::max<std::size_t>(1, length);
  }
  return clean;
}

std::vector<std::string> characters(std::string_view text) {
  std::vector<std::string> list;
  for (std::size_t i = 0; i < text.size(); i += list.back().size())
    list.emplace_back(text.substr(i, std::max<std::size_t>(1, length_at(text, i))));
  return list;
}

/// Characters raised or lowered; as they are, after a low line where they were to be lowered, if one of them has no
/// such form in Unicode.
std::string shifted(const std::vector<std::string>& list, char how) {
  static const auto base = characters("0123456789−/jkotu"), up = characters("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁄ʲᵏᵒᵗᵘ"),
                    down = characters("₀₁₂₃₄₅₆₇₈₉₋/ⱼₖₒₜᵤ");
  std::string text, same(1, how);
  bool known = true;
  for (const auto& character : list) {
    const auto found = std::find(base.begin(), base.end(), character);
    same += character;
    known = known && found != base.end();
    if (known) text += (how == '^' ? up : down)[static_cast<std::size_t>(found - base.begin())];
  }
  return known ? text : same;
}

}  // namespace

Label::Label(std::string_view plain) {
  for (const char c : sanitized(plain)) {
    if (std::string_view("\\{}^_@&~").find(c) != std::string_view::npos) enhanced_ += '\\';
    enhanced_ += c;
    if (c == '\\') enhanced_ += "{}";  // keeps a following U+… from being read as a code point
  }
}

Label Label::markup(std::string_view enhanced) {
  Label label;
  label.enhanced_ = sanitized(enhanced);
  return label;
}

std::string Label::plain() const {
  std::string text;
  const auto list = characters(enhanced_);
  for (std::size_t i = 0; i < list.size(); ++i) {
    const bool escaped = list[i] == "\\" && i + 1 < list.size();
    if ((list[i] == "^" || list[i] == "_") && i + 1 < list.size()) {
      const char how = list[i][0];
      std::vector<std::string> part = {list[++i]};
      if (part[0] == "{")
        for (part.clear(); ++i < list.size() && list[i] != "}";) part.push_back(list[i]);
      text += shifted(part, how);
    } else if (list[i] == "{" && i + 1 < list.size() && list[i + 1] == "/") {
      while (i < list.size() && list[i] != " ") ++i;
    } else if (escaped || (list[i] != "{" && list[i] != "}")) {
      text += escaped ? list[++i] : list[i];
    }
  }
  return text;
}

std::string quoted(const Label& label) {
  // The octal code of a quote: gnuplot takes a doubled one at the start for the end of an empty string.
  std::string literal = "'";
  for (const char c : label.enhanced()) literal += c == '\'' ? std::string("\\047") : std::string(1, c);
  return literal + "'";
}

double width(const Label& label, double size) {
  double sum = 0;  // in units of the font size, of which narrow letters take a third and wide scripts the whole
  for (const auto& c : characters(label.plain()))
    sum += c.size() > 2 && c >= "\u3000" ? 1.0 : std::string_view("ijl.,:;'| ()ftr").find(c) < 15 ? 0.36 : 0.64;
  return sum * size;
}

std::vector<Label> wrapped(std::string_view text, double size, double limit, int lines) {
  std::vector<Label> result;
  std::string line;
  const auto fits = [&](const std::string& more) { return width(Label(line + more), size) <= limit; };
  std::istringstream words{sanitized(text)};
  for (std::string word; words >> word;) {
    if (!line.empty() && !fits(" " + word)) {
      if (static_cast<int>(result.size()) + 1 == lines) {
        result.emplace_back(line + " …");
        return result;
      }
      result.emplace_back(line);
      line.clear();
    }
    if (!line.empty()) line += ' ';
    if (fits(word)) {
      line += word;
    } else {  // a word too long for a line is cut
      for (const auto& c : characters(word))
        if (fits(c + "…")) line += c;
      line += "…";
    }
  }
  if (!line.empty()) result.emplace_back(line);
  return result;
}

Label bold(const Label& label) {
  return label.empty() ? label : Label::markup("{/:Bold ") + label + Label::markup("}");
}

Label number(double value, int digits) {
  if (std::isnan(value)) return "NaN";
  const std::string sign = value < 0 ? "−" : "";
  const double size = std::abs(value);
  if (std::isinf(size)) return sign + "∞";
  if (size == 0) return "0";
  const std::string scientific = fmt::format("{:.{}e}", size, digits - 1);
  const int exponent = std::stoi(scientific.substr(scientific.find('e') + 1));
  std::string mantissa = scientific.substr(0, scientific.find('e'));
  if (mantissa.find('.') != std::string::npos) mantissa.erase(mantissa.find_last_not_of("0.") + 1);
  // Whole numbers such as 65536 are dimensions: they are not rounded.
  const bool whole = size == std::round(size) && size < 1e7 && std::stod(scientific) != size;
  if (whole) return sign + fmt::format("{:.0f}", size);
  const bool power = mantissa == "1" && exponent <= -4;
  if (!power && exponent >= -3 && exponent < 4) {
    std::string fixed = fmt::format("{:.{}f}", std::stod(scientific), std::max(0, digits - 1 - exponent));
    if (fixed.find('.') != std::string::npos) fixed.erase(fixed.find_last_not_of('0') + 1);
    if (fixed.back() == '.') fixed.pop_back();
    return sign + fixed;
  }
  const std::string raised = (exponent < 0 ? "−" : "") + std::to_string(std::abs(exponent));
  return Label::markup(sign + (mantissa == "1" ? "" : mantissa + "×") + "10^{" + raised + "}");
}

Label equation(std::string_view symbol, double value) {
  return Label::markup(symbol) + Label(" = ") + number(value);
}

}  // namespace muonphase::figures
