#include "muonphase/report/figures/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

namespace muonphase::figures {
namespace {

struct Character {
  std::size_t length = 0;   ///< bytes; 0 where no valid UTF-8 character starts
  std::uint32_t point = 0;  ///< code point
};

/// The character that starts at s[i]. Overlong forms, surrogates and what SVG forbids are not valid.
Character character_at(std::string_view s, std::size_t i) {
  const auto byte = [&](std::size_t k) { return static_cast<unsigned char>(s[k]); };
  const unsigned char lead = byte(i);
  if (lead < 0x80) return {1, lead};
  const std::size_t length = lead >= 0xC2 && lead < 0xE0 ? 2 : lead >= 0xE0 && lead < 0xF0 ? 3 : lead < 0xF5 ? 4 : 0;
  if (length == 0 || lead < 0xC2 || i + length > s.size()) return {};
  std::uint32_t point = lead & (0x7Fu >> length);
  for (std::size_t k = i + 1; k < i + length; ++k) {
    if ((byte(k) & 0xC0) != 0x80) return {};
    point = (point << 6) | (byte(k) & 0x3Fu);
  }
  const bool overlong = (length == 3 && point < 0x800) || (length == 4 && point < 0x10000);
  const bool surrogate = point >= 0xD800 && point < 0xE000;
  const bool forbidden = point > 0x10FFFF || (point & 0xFFFE) == 0xFFFE || point < 0xA0;
  return overlong || surrogate || forbidden ? Character{} : Character{length, point};
}

/// Ranges of code points that DejaVu Sans has, plain and bold (nearly without gaps).
constexpr std::array<std::array<std::uint32_t, 2>, 17> dejavu = {{{0x20, 0x2E9},
                                                                  {0x300, 0x34F},
                                                                  {0x384, 0x525},
                                                                  {0x531, 0x587},
                                                                  {0x5D0, 0x5EA},
                                                                  {0x621, 0x63A},
                                                                  {0x640, 0x655},
                                                                  {0x1E00, 0x1EFB},
                                                                  {0x2000, 0x2064},
                                                                  {0x2074, 0x208E},
                                                                  {0x2090, 0x209C},
                                                                  {0x2100, 0x2149},
                                                                  {0x2150, 0x2185},
                                                                  {0x2190, 0x2311},
                                                                  {0x2500, 0x269C},
                                                                  {0x27F0, 0x28FF},
                                                                  {0xFFFD, 0xFFFD}}};

/// One character for each control character, U+FFFD for what is not UTF-8; everything else as it is.
std::string sanitized(std::string_view text) {
  std::string clean;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = character_at(text, i).length;
    if (length == 0) {
      clean += "\uFFFD";
      ++i;
    } else if (length == 1 && (static_cast<unsigned char>(text[i]) < 0x20 || text[i] == 0x7F)) {
      clean += ' ';
      ++i;
    } else {
      clean += text.substr(i, length);
      i += length;
    }
  }
  return clean;
}

/// Advance widths of DejaVu Sans from ' ' to '~', in hundredths of the font size.
constexpr std::array<unsigned char, 95> advance = {
    32, 40, 46, 84, 64, 95, 78, 27, 39,  39, 50, 84, 32, 36, 32, 34, 64, 64, 64, 64, 64, 64, 64, 64,
    64, 64, 34, 34, 84, 84, 84, 53, 100, 68, 69, 70, 77, 63, 58, 77, 75, 29, 29, 66, 56, 86, 75, 79,
    60, 79, 69, 63, 61, 73, 68, 99, 69,  61, 69, 39, 34, 39, 84, 50, 50, 61, 63, 55, 63, 62, 35, 63,
    63, 28, 28, 58, 28, 97, 63, 61, 63,  63, 41, 52, 39, 63, 59, 82, 59, 59, 52, 64, 34, 64, 84};

double advance_of(std::string_view character) {
  if (character.size() == 1) return 0.01 * advance[static_cast<unsigned char>(character[0]) - 0x20u];
  return character.size() == 2 ? 0.67 : character < "\u3000" ? 0.84 : 1.0;  // Latin and Greek, symbols, wide scripts
}

/// A visible character or a piece of markup without width.
struct Token {
  std::string_view text;
  double width = 0;  ///< in units of the font size
  int depth = 0;     ///< braces open after it
};

std::vector<Token> tokens(std::string_view s) {
  std::vector<Token> list;
  int depth = 0;
  for (std::size_t i = 0; i < s.size();) {
    std::size_t length = 1;
    double w = 0;
    if (s[i] == '\\' && i + 1 < s.size()) {
      length = 1 + character_at(s, i + 1).length;
      w = advance_of(s.substr(i + 1, length - 1));
    } else if (s[i] == '{') {
      ++depth;
      if (i + 1 < s.size() && s[i + 1] == '/') length = std::min(s.find(' ', i), s.size() - 1) - i + 1;
    } else if (s[i] == '}') {
      --depth;
    } else if (s[i] != '^' && s[i] != '_') {
      length = std::max<std::size_t>(1, character_at(s, i).length);
      w = advance_of(s.substr(i, length));
    }
    list.push_back({s.substr(i, length), w, depth});
    i += length;
  }
  return list;
}

/// The longest beginning of `text` that leaves room for an ellipsis.
Text shortened(const Text& text, double size, double limit) {
  const std::string_view ellipsis = "…";
  double room = limit / size - advance_of(ellipsis);
  std::string kept, best;
  for (const Token& token : tokens(text.enhanced())) {
    room -= token.width;
    if (room < 0) break;
    kept += token.text;
    if (token.depth == 0) best = kept;
  }
  return Text::markup(best + std::string(ellipsis));
}

}  // namespace

Text::Text(std::string_view plain) {
  for (const char c : sanitized(plain)) {
    if (std::string_view("\\{}^_@&~").find(c) != std::string_view::npos) enhanced_ += '\\';
    enhanced_ += c;
    if (c == '\\') enhanced_ += "{}";  // keeps a following U+… from being read as a code point
  }
}

Text Text::markup(std::string_view enhanced) {
  Text text;
  text.enhanced_ = sanitized(enhanced);
  return text;
}

Text in_dejavu(const Text& text) {
  std::string kept;
  const std::string& s = text.enhanced();
  for (std::size_t i = 0; i < s.size();) {
    const Character c = character_at(s, i);
    const bool known = std::any_of(dejavu.begin(), dejavu.end(),
                                   [&](const auto& range) { return c.point >= range[0] && c.point <= range[1]; });
    kept += known ? s.substr(i, c.length) : "\uFFFD";
    i += c.length;
  }
  return Text::markup(kept);
}

std::string quoted(const Text& text) {
  // The octal code of a quote: gnuplot takes a doubled one at the start for the end of an empty string.
  std::string literal = "'";
  for (const char c : text.enhanced()) literal += c == '\'' ? std::string("\\047") : std::string(1, c);
  return literal + "'";
}

double width(const Text& text, double size) {
  double sum = 0;
  for (const Token& token : tokens(text.enhanced())) sum += token.width;
  return sum * size;
}

std::vector<Text> wrapped(const Text& text, double size, double limit, int lines) {
  std::vector<std::string> words(1);
  for (const Token& token : tokens(text.enhanced())) {
    if (token.text == " " && token.depth == 0)
      words.emplace_back();
    else
      words.back() += token.text;
  }
  std::vector<Text> result;
  std::string line;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string longer = line.empty() ? words[i] : line + ' ' + words[i];
    const bool last = static_cast<int>(result.size()) + 1 == lines;
    if (last || line.empty() || width(Text::markup(longer), size) <= limit) {
      line = longer;
    } else {
      result.push_back(Text::markup(line));
      line = words[i];
    }
  }
  if (!line.empty()) result.push_back(Text::markup(line));
  for (Text& piece : result)
    if (width(piece, size) > limit) piece = shortened(piece, size, limit);
  return result;
}

Text bold(const Text& text) {
  return text.empty() ? text : Text::markup("{/:Bold ") + text + Text::markup("}");
}

Text number(double value, int digits) {
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
  const bool power = mantissa == "1" && exponent <= -3;
  if (!power && exponent >= -3 && exponent < 4) {
    std::string fixed = fmt::format("{:.{}f}", std::stod(scientific), std::max(0, digits - 1 - exponent));
    if (fixed.find('.') != std::string::npos) fixed.erase(fixed.find_last_not_of('0') + 1);
    if (fixed.back() == '.') fixed.pop_back();
    return sign + fixed;
  }
  const std::string raised = (exponent < 0 ? "−" : "") + std::to_string(std::abs(exponent));
  return Text::markup(sign + (mantissa == "1" ? "" : mantissa + "×") + "10^{" + raised + "}");
}

Text equation(std::string_view symbol, double value) {
  return Text::markup(symbol) + Text(" = ") + number(value);
}

}  // namespace muonphase::figures
