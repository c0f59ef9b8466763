#include "files/text_lines.hpp"

#include <algorithm>

#include "files/table_parts.hpp"

namespace muonphase {
namespace {

constexpr std::string_view blanks = " \t\r\f\v";

void append_utf8(std::string& text, unsigned code) {
  const auto put = [&](unsigned byte) { text += static_cast<char>(byte); };
  const auto tail = [&](int shift) { put(0x80 | (code >> shift & 0x3F)); };
  if (code < 0x80) return put(code);
  if (code < 0x800) {
    put(0xC0 | code >> 6);
  } else if (code < 0x10000) {
    put(0xE0 | code >> 12);
    tail(6);
  } else {
    put(0xF0 | code >> 18);
    tail(12);
    tail(6);
  }
  tail(0);
}

std::string from_utf16(std::string_view bytes, bool big_endian) {
  std::string text;
  unsigned high = 0;
  for (std::size_t at = 2; at + 1 < bytes.size(); at += 2) {
    const auto first = static_cast<unsigned char>(bytes[at]), second = static_cast<unsigned char>(bytes[at + 1]);
    const unsigned unit = big_endian ? first * 256u + second : second * 256u + first;
    if (unit >= 0xD800 && unit < 0xDC00) {
      high = unit;
      continue;
    }
    const bool low = unit >= 0xDC00 && unit < 0xE000;
    append_utf8(text, low ? (high ? 0x10000 + ((high - 0xD800) << 10) + (unit - 0xDC00) : 0xFFFD) : unit);
    high = 0;
  }
  return text;
}

std::string_view without_blanks(std::string_view text) {
  const auto first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) + 1 - first);
}

// A # begins one at the start of a line and after a blank or a digit; in "PC#" it is part of a name.
std::string_view without_comment(std::string_view line) {
  for (auto at = line.find('#'); at != std::string_view::npos; at = line.find('#', at + 1)) {
    const std::string_view before = line.substr(0, at);
    const bool in_quotes = std::count(before.begin(), before.end(), '"') % 2 == 1;
    const char last = at == 0 ? ' ' : line[at - 1];
    if (!in_quotes && (last == ' ' || last == '\t' || (last >= '0' && last <= '9'))) return before;
  }
  return line;
}

bool has_outside_quotes(std::string_view line, char wanted) {
  bool in_quotes = false;
  for (const char c : line) {
    in_quotes = in_quotes != (c == '"');
    if (c == wanted && !in_quotes) return true;
  }
  return false;
}

// "4,406", and nothing else.
bool is_number_with_comma(std::string_view line) {
  const std::string_view text = without_blanks(line);
  return text.find(',') != std::string_view::npos && number_in(text, true).has_value();
}

// Where the field that begins at `from` ends.
std::size_t end_of_field(std::string_view line, std::size_t from, char delimiter) {
  if (delimiter != ' ') return std::min(line.find(delimiter, from), line.size());
  return std::min(line.find_first_of(blanks, from), line.size());
}

// The place after the quote that ends a quoted field; 0 when the field is not quoted. Two quotes stand for one.
std::size_t end_of_quoted(std::string_view line, std::size_t from) {
  const char quote = from < line.size() ? line[from] : ' ';
  if (quote != '"' && quote != '\'') return 0;
  for (std::size_t at = from + 1; at < line.size(); ++at)
    if (line[at] == quote) {
      if (at + 1 < line.size() && line[at + 1] == quote)
        ++at;
      else
        return at + 1;
    }
  return 0;
}

}  // namespace

std::string utf8_of(const std::string& bytes) {
  if (bytes.starts_with("\xFF\xFE")) return from_utf16(bytes, false);
  if (bytes.starts_with("\xFE\xFF")) return from_utf16(bytes, true);
  return bytes.starts_with("\xEF\xBB\xBF") ? bytes.substr(3) : bytes;
}

std::vector<TextLine> lines_of(std::string_view text) {
  std::vector<TextLine> lines;
  std::size_t number = 1;
  for (std::size_t from = 0; from < text.size(); ++number) {
    const std::size_t end = std::min(text.find_first_of("\r\n", from), text.size());
    const std::string_view line = without_comment(text.substr(from, end - from));
    if (!without_blanks(line).empty()) lines.push_back({line, number});
    from = end + (text.substr(end, 2) == "\r\n" ? 2 : 1);
  }
  return lines;
}

void split_line(std::string_view line, char delimiter, std::vector<TextField>& fields) {
  fields.clear();
  for (std::size_t from = 0;;) {
    from = std::min(line.find_first_not_of(delimiter == '\t' ? " \r" : blanks, from), line.size());
    if (delimiter == ' ' && from == line.size()) return;
    std::size_t quoted = end_of_quoted(line, from);
    std::size_t end = end_of_field(line, std::max(from, quoted), delimiter);
    if (quoted && !without_blanks(line.substr(quoted, end - quoted)).empty()) {  // "a"b
      quoted = 0;
      end = end_of_field(line, from, delimiter);
    }
    if (quoted)
      fields.push_back({without_blanks(line.substr(from + 1, quoted - from - 2)), true});
    else
      fields.push_back({without_blanks(line.substr(from, end - from)), false});
    if (end >= line.size()) return;
    from = end + 1;
  }
}

char delimiter_of(const std::vector<TextLine>& lines) {
  constexpr std::size_t sample = 50;
  if (lines.empty()) return ' ';
  const std::string_view typical = lines[std::min(lines.size(), sample) - 1].text;
  for (const char delimiter : {';', '\t', '|'})
    if (has_outside_quotes(typical, delimiter) && without_blanks(typical) != std::string_view(&delimiter, 1))
      return delimiter;
  if (!has_outside_quotes(typical, ',')) return ' ';
  std::vector<TextField> words;
  split_line(typical, ' ', words);
  const bool numbers =
      std::all_of(words.begin(), words.end(), [](const TextField& word) { return number_in(word.text, true); });
  if (numbers && words.size() > 1) return ' ';
  // A name without a comma above numbers with one each: a column with decimal commas.
  const auto first = std::find_if(lines.begin(), lines.end(),
                                  [](const TextLine& line) { return line.text.find(',') != std::string_view::npos; });
  const bool column = first != lines.begin() && std::all_of(first, lines.end(), [](const TextLine& line) {
                        return is_number_with_comma(line.text);
                      });
  return column ? ' ' : ',';
}

}  // namespace muonphase
