#include "muonphase/report/figures/text.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace muonphase::figures {
namespace {

TEST(FigureText, PlainTextEscapesEveryMarkupCharacter) {
  EXPECT_EQ(Text("a_b^c@d&e~f{g}").enhanced(), "a\\_b\\^c\\@d\\&e\\~f\\{g\\}");
  EXPECT_EQ(Text("\\n").enhanced(), "\\\\{}n");
  EXPECT_EQ(Text("α β").enhanced(), "α β");
}

TEST(FigureText, ControlCharactersAndBrokenUtf8DoNotPass) {
  EXPECT_EQ(Text("a\nb\tc\r\x7f").enhanced(), "a b c  ");
  EXPECT_EQ(Text(std::string_view("a\0b", 3)).enhanced(), "a b");
  EXPECT_EQ(Text("x\xff\xc3").enhanced(), "x\uFFFD\uFFFD");
  EXPECT_EQ(Text("\xc0\xaf").enhanced(), "\uFFFD\uFFFD");                      // overlong '/'
  EXPECT_EQ(Text("\xed\xa0\x80").enhanced().find("\xed"), std::string::npos);  // a surrogate
  EXPECT_EQ(Text::markup("a\nb").enhanced(), "a b");
}

TEST(FigureText, NoQuoteEndsALiteral) {
  EXPECT_EQ(quoted("'it's \"x\" `y`"), "'\\047it\\047s \"x\" `y`'");
}

TEST(FigureText, GlyphsThatTheFontLacksAreReplaced) {
  EXPECT_EQ(in_dejavu("Größe α→β ½ ∞").enhanced(), "Größe α→β ½ ∞");
  EXPECT_EQ(in_dejavu("a漢😀b").enhanced(), "a\uFFFD\uFFFDb");
}

TEST(FigureText, WidthIgnoresMarkup) {
  EXPECT_NEAR(width("MMMMMMMMMM", 9), 77.4, 0.1);  // 0.86 of the font size each, as the font says
  EXPECT_DOUBLE_EQ(width(Text::markup("10^{3}"), 8), width("103", 8));
  EXPECT_DOUBLE_EQ(width(bold("ab"), 8), width("ab", 8));
  EXPECT_DOUBLE_EQ(width("a_b", 8), width("a", 8) + width("b", 8) + 0.5 * 8);
}

TEST(FigureText, WrapsAtSpacesAndShortensTheRest) {
  const std::vector<Text> lines = wrapped("one two three four", 10, width("one two", 10) + 1, 5);
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_EQ(lines[0], Text("one two"));
  EXPECT_EQ(lines[2], Text("four"));

  const std::vector<Text> cut = wrapped(std::string(500, 'w'), 10, 100, 3);
  ASSERT_EQ(cut.size(), 1u);
  EXPECT_LE(width(cut[0], 10), 100);
  EXPECT_NE(cut[0].enhanced().find("…"), std::string::npos);

  const std::vector<Text> few = wrapped("aaaa bbbb cccc dddd eeee", 10, width("aaaa", 10) + 1, 2);
  ASSERT_EQ(few.size(), 2u);
  EXPECT_LE(width(few[1], 10), width("aaaa", 10) + 1);
  EXPECT_TRUE(wrapped("", 10, 100, 3).empty());
}

TEST(FigureText, ShorteningNeverCutsMarkupOpen) {
  const Text text = Text::markup("x^{1234567890} y");
  for (double limit = 5; limit < width(text, 10); limit += 3) {
    const std::string cut = wrapped(text, 10, limit, 1).at(0).enhanced();
    EXPECT_EQ(std::count(cut.begin(), cut.end(), '{'), std::count(cut.begin(), cut.end(), '}')) << cut;
  }
}

TEST(FigureText, NumbersAsInPrint) {
  EXPECT_EQ(number(0.25), Text("0.25"));
  EXPECT_EQ(number(4096), Text("4096"));
  EXPECT_EQ(number(65536), Text("65536"));
  EXPECT_EQ(number(1000, 3), Text("1000"));
  EXPECT_EQ(number(999.7, 3), Text("1000"));
  EXPECT_EQ(number(316.227, 3), Text("316"));
  EXPECT_EQ(number(0.0025), Text("0.0025"));
  EXPECT_EQ(number(20000).enhanced(), "2×10^{4}");
  EXPECT_EQ(number(1e6).enhanced(), "10^{6}");
  EXPECT_EQ(number(2.5e-7).enhanced(), "2.5×10^{−7}");
  EXPECT_EQ(number(-3), Text("−3"));
  EXPECT_EQ(number(0), Text("0"));
  EXPECT_EQ(number(std::numeric_limits<double>::infinity()), Text("∞"));
  EXPECT_EQ(number(std::nan("")), Text("NaN"));
  EXPECT_EQ(equation("d", 1e12).enhanced(), "d = 10^{12}");
}

}  // namespace
}  // namespace muonphase::figures
