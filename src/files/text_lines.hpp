#pragma once
// Text files of others as lines of fields.
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace muonphase {

/// A line that is neither blank nor a comment.
struct TextLine {
  std::string_view text;  ///< without comment and end of line
  std::size_t number;     ///< from 1
};

/// A cell: without quotes, and without blanks around it.
struct TextField {
  std::string_view text;
  bool quoted;
};

/// UTF-8 without a byte order mark; `bytes` may be UTF-16 with one.
std::string utf8_of(const std::string& bytes);

/// Lines ended by LF, CR LF or CR.
std::vector<TextLine> lines_of(std::string_view text);

/// The cells of a line; of blanks, any number separates two. `fields` is cleared first.
void split_line(std::string_view line, char delimiter, std::vector<TextField>& fields);

/// What separates the cells of these lines: the first of ; tab | , that the last of the first fifty has, else blanks.
/// Blanks too where they separate numbers with decimal commas.
char delimiter_of(const std::vector<TextLine>& lines);

}  // namespace muonphase
