#include "muonphase/report/figures/label.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace muonphase::figures {
namespace {

TEST(FigureLabel, PlainTextEscapesEveryMarkupCharacter) {
  EXPECT_EQ(Label("a_b^c@d&e~f{g}").enhanced(), "a\\_b\\^c\\@d\\&e\\~f\\{g\\}");
  EXPECT_EQ(Label("\\n").enhanced(), "\\\\{}n");
  EXPECT_EQ(Label("α β").enhanced(), "α β");
}

TEST(FigureLabel, ControlCharactersAndBrokenUtf8DoNotPass) {
  EXPECT_EQ(Label("a\nb\tc\r\x7f").enhanced(), "a b c  ");
  EXPECT_EQ(Label(std::string_view("a\0b", 3)).enhanced(), "a b");
  EXPECT_EQ(Label("x\xff\xc3").enhanced(), "x\uFFFD\uFFFD");
  EXPECT_EQ(Label("\xc0\xaf").enhanced(), "\uFFFD\uFFFD");                      // overlong '/'
  EXPECT_EQ(Label("\xed\xa0\x80").enhanced().find("\xed"), std::string::npos);  // a surrogate
  EXPECT_EQ(Label::markup("a\nb").enhanced(), "a b");
}

TEST(FigureLabel, NoQuoteEndsALiteral) {
  EXPECT_EQ(quoted("'it's \"x\" `y`"), "'\\047it\\047s \"x\" `y`'");
}

TEST(FigureLabel, PlainTextHasNoMarkup) {
  EXPECT_EQ(Label("a_b^{c}").plain(), "a_b^{c}");
  EXPECT_EQ(Label("\\n & @").plain(), "\\n & @");
  EXPECT_EQ(bold("B/d = " + number(0.0001)).plain(), "B/d = 10⁻⁴");
  EXPECT_EQ(Label::markup("drift f_j, λ_k λ_j, α_{out}").plain(), "drift fⱼ, λₖ λⱼ, αₒᵤₜ");
  EXPECT_EQ(Label::markup("R_{runs}").plain(), "R_runs");  // there is no lowered n
  EXPECT_EQ(Label::markup("10^{2.5}").plain(), "10^2.5");
}

TEST(FigureLabel, WidthIgnoresMarkup) {
  EXPECT_DOUBLE_EQ(width(bold("ab"), 8), width("ab", 8));
  EXPECT_DOUBLE_EQ(width("a_b", 16), 2 * width("a_b", 8));
  EXPECT_GT(width("漢字", 8), width("ab", 8));
}

TEST(FigureLabel, WrapsAtSpacesAndShortensTheRest) {
  const std::vector<Label> lines = wrapped("one two three four", 10, width("one two", 10) + 1, 5);
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_EQ(lines[0], Label("one two"));
  EXPECT_EQ(lines[2], Label("four"));

  const std::vector<Label> cut = wrapped(std::string(500, 'w'), 10, 100, 3);
  ASSERT_EQ(cut.size(), 1u);
  EXPECT_LE(width(cut[0], 10), 100);
  EXPECT_NE(cut[0].enhanced().find("…"), std::string::npos);

  const std::vector<Label> few = wrapped("aaaa bbbb cccc dddd eeee", 10, width("aaaa", 10) + 1, 2);
  ASSERT_EQ(few.size(), 2u);
  EXPECT_EQ(few[1], Label("bbbb …"));
  EXPECT_TRUE(wrapped("", 10, 100, 3).empty());
}

TEST(FigureLabel, NumbersAsInPrint) {
  EXPECT_EQ(number(0.25), Label("0.25"));
  EXPECT_EQ(number(4096), Label("4096"));
  EXPECT_EQ(number(65536), Label("65536"));
  EXPECT_EQ(number(1000, 3), Label("1000"));
  EXPECT_EQ(number(999.7, 3), Label("1000"));
  EXPECT_EQ(number(316.227, 3), Label("316"));
  EXPECT_EQ(number(0.0025), Label("0.0025"));
  EXPECT_EQ(number(20000).enhanced(), "2×10^{4}");
  EXPECT_EQ(number(1e6).enhanced(), "10^{6}");
  EXPECT_EQ(number(2.5e-7).enhanced(), "2.5×10^{−7}");
  EXPECT_EQ(number(-3), Label("−3"));
  EXPECT_EQ(number(0), Label("0"));
  EXPECT_EQ(number(std::numeric_limits<double>::infinity()), Label("∞"));
  EXPECT_EQ(number(std::nan("")), Label("NaN"));
  EXPECT_EQ(equation("d", 1e12).enhanced(), "d = 10^{12}");
}

}  // namespace
}  // namespace muonphase::figures
