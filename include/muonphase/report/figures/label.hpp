#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace muonphase::figures {

/// Label of a figure, kept as gnuplot's enhanced markup. Made from plain UTF-8 text every character stands for itself,
/// so titles of users cannot change the figure or reach gnuplot as commands; markup is written on purpose:
///
///     Label label = Label("drift ") + Label::markup("f_j");
///
/// Control characters (newlines, tabs) become spaces; bytes that are not UTF-8 become U+FFFD.
class Label {
 public:
  Label() = default;
  Label(std::string_view plain);
  Label(const std::string& plain) : Label(std::string_view(plain)) {}
  Label(const char* plain) : Label(std::string_view(plain)) {}

  /// Enhanced markup: ^{…} and _{…} raise and lower, {/:Bold …} and {/:Italic …} change the face. Braces must balance.
  static Label markup(std::string_view enhanced);

  const std::string& enhanced() const { return enhanced_; }
  /// Without markup, for places that know none: digits and the letters that have them are raised and lowered as
  /// characters, 10⁻³ and λⱼ, others stand as they are.
  std::string plain() const;
  bool empty() const { return enhanced_.empty(); }
  friend Label operator+(const Label& a, const Label& b) { return markup(a.enhanced_ + b.enhanced_); }
  friend bool operator==(const Label&, const Label&) = default;

 private:
  std::string enhanced_;
};

/// The label between single quotes, where gnuplot expands neither backslashes, backquotes nor macros.
std::string quoted(const Label& label);

/// Roughly its width in points at a font size in points.
double width(const Label& label, double size);

/// Plain text in lines of about at most `limit` points, broken at spaces; at most `lines` of them, the last ends with
/// an ellipsis when there is more.
std::vector<Label> wrapped(std::string_view text, double size, double limit, int lines);

Label bold(const Label& label);

/// A number as in print: 0.25, 4096, 10^6, 2.5×10^−7; `digits` significant ones, ∞ for infinity.
Label number(double value, int digits = 4);

/// `symbol` = number.
Label equation(std::string_view symbol, double value);

}  // namespace muonphase::figures
