#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace muonphase::figures {

/// Text of a figure, kept as gnuplot's enhanced markup. Made from plain UTF-8 text every character stands for itself,
/// so titles of users cannot change the figure or reach gnuplot as commands; markup is written on purpose:
///
///     Text label = Text("drift ") + Text::markup("f_j");
///
/// Control characters (newlines, tabs) become spaces; bytes that are not UTF-8 become U+FFFD.
class Text {
 public:
  Text() = default;
  Text(std::string_view plain);
  Text(const std::string& plain) : Text(std::string_view(plain)) {}
  Text(const char* plain) : Text(std::string_view(plain)) {}

  /// Enhanced markup: ^{…} and _{…} raise and lower, {/:Bold …} and {/:Italic …} change the face. Braces must balance.
  static Text markup(std::string_view enhanced);

  const std::string& enhanced() const { return enhanced_; }
  bool empty() const { return enhanced_.empty(); }
  friend Text operator+(const Text& a, const Text& b) { return markup(a.enhanced_ + b.enhanced_); }
  friend bool operator==(const Text&, const Text&) = default;

 private:
  std::string enhanced_;
};

/// The text with U+FFFD for characters that DejaVu Sans does not have: gnuplot draws a missing glyph as a black shape
/// of any size when no installed font has it.
Text in_dejavu(const Text& text);

/// The text between single quotes, where gnuplot expands neither backslashes, backquotes nor macros.
std::string quoted(const Text& text);

/// Estimated width in points at a font size in points: the advance widths of DejaVu Sans, raised and lowered parts
/// taken at full size.
double width(const Text& text, double size);

/// Lines of at most `limit` points, broken at spaces; at most `lines` of them, the last shortened with an ellipsis when
/// there is more.
std::vector<Text> wrapped(const Text& text, double size, double limit, int lines);

Text bold(const Text& text);

/// A number as in print: 0.25, 4096, 10^6, 2.5×10^−7; `digits` significant ones, ∞ for infinity.
Text number(double value, int digits = 4);

/// `symbol` = number.
Text equation(std::string_view symbol, double value);

}  // namespace muonphase::figures
