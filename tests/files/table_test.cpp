#include "muonphase/files/table.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "muonphase/files/hdf5.hpp"
#include "muonphase/files/row_source.hpp"
#include "results/scratch.hpp"

namespace muonphase {
namespace {

const std::string table_data = std::string(MUONPHASE_TEST_DATA) + "/readers/";

// The twelve eigenvalues that most of the example files hold, to the digits that they are written with.
const Eigen::ArrayXd twelve{{4.406512, 2.962592, 1.222167, 0.491822, 0.448209, 0.363465, 0.325141, 0.308332, 0.3013,
                             0.182604, 0.167823, 0.025913}};

Eigen::ArrayXd chosen(const std::string& path) {
  const NumberTable table = read_table(path);
  return table.numbers(table.selection.empty() ? 0 : table.selected());
}

std::string table_refusal(const std::string& path) {
  try {
    chosen(path);
  } catch (const StudyError& error) {
    EXPECT_EQ(std::string(error.what()).find_first_of(std::string("\n\0", 2)), std::string::npos);
    return error.what();
  } catch (const IoError& error) {
    return std::string("IoError: ") + error.what();
  }
  return "read";
}

void expect_says(const std::string& message, std::initializer_list<std::string> parts) {
  for (const auto& part : parts) EXPECT_NE(message.find(part), std::string::npos) << part << " in " << message;
}

void expect_values(const Eigen::ArrayXd& values, const Eigen::ArrayXd& wanted, double tolerance,
                   const std::string& what) {
  ASSERT_EQ(values.size(), wanted.size()) << what;
  EXPECT_LE((values - wanted).abs().maxCoeff(), tolerance) << what << "\n" << values.transpose();
}

TEST(ReadTable, ColumnsByNameAndByNumber) {
  for (const char* name : {"header.csv:eigenvalue", "header.csv:EIGENVALUE", "header.csv:2", "tabs.txt:value",
                           "semicolon-decimal-comma.csv:Eigenwert", "semicolon-decimal-comma.csv:2", "utf16.txt",
                           "lam.txt.gz", "lam.npy", "lam-column.npy", "lam.h5:/lam", "lam.h5:lam"})
    expect_values(chosen(table_data + name), twelve, 6e-6, name);
  const NumberTable table = read_table(table_data + "header.csv");
  EXPECT_EQ(table.names, (std::vector<std::string>{"factor", "eigenvalue"}));
  EXPECT_EQ(table.place(0), table_data + "header.csv:2");
  EXPECT_EQ(table.choices(), "\"" + table_data + "header.csv:factor\" or \"" + table_data + "header.csv:eigenvalue\"");
  EXPECT_TRUE(table.counts_rows(0));
  EXPECT_FALSE(table.counts_rows(1));
}

TEST(ReadTable, RowsKeepTheirShape) {
  for (const char* name : {"one-row.csv", "lam.h5:/group/row"}) {
    const NumberTable table = read_table(table_data + name);
    ASSERT_EQ(table.rows(), 1) << name;
    ASSERT_EQ(table.columns(), 12u) << name;
    EXPECT_NEAR(table.values.sum(), twelve.sum(), 1e-5) << name;
  }
  EXPECT_EQ(read_table(table_data + "ascending.h5:/W").matrix(), (Eigen::MatrixXd{{1, 0, 0}, {0, 0, 0}}));
}

TEST(ReadTable, AnIndexWithoutANameAndColumnsNamedByNumbers) {
  const NumberTable table = read_table(table_data + "index-ascending-negative.csv");
  EXPECT_EQ(table.names, (std::vector<std::string>{"", "0"}));
  EXPECT_EQ(table.lines.front(), 2u);
  EXPECT_EQ(table.rows(), 14);
  EXPECT_EQ(table.values(0, 1), -3e-15);
  EXPECT_EQ(table.values(13, 1), 4.40651190822713);
  EXPECT_EQ(table.matrix().cols(), 1);
}

TEST(ReadTable, TitlesZerosAndNumbersFarOut) {
  const NumberTable titled = read_table(table_data + "title-round-off.txt");
  EXPECT_TRUE(titled.names.empty());
  EXPECT_EQ(titled.rows(), 12);
  EXPECT_EQ(titled.values(0, 0), 40.5);
  EXPECT_EQ(titled.lines[0], 2u);
  EXPECT_EQ(read_table(table_data + "trailing-zero.txt").values(12, 0), 0);
  EXPECT_EQ(read_table(table_data + "huge.txt").values(0, 0), 4.406512e300);
  EXPECT_EQ(read_table(table_data + "denormal.txt").values(0, 0), 4.406512e-310);
}

// What looks like a number is never taken for a title or a name.
TEST(ReadTable, NoNumberIsPassedOver) {
  const Scratch scratch;
  for (const std::string first : {"1,000.5", "1_000", "0x10", "0X1f", "\u22121", "\u22120.5", "1'000", "1.000.000"}) {
    const std::string path = scratch.write("lam.txt", first + "\n0.5\n0.25\n").string();
    expect_says(table_refusal(path), {"lam.txt:1: column 1: \"" + first + "\" is not a number"});
    scratch.write("lam.txt", "# eigenvalues\ntitle\n" + first + "\n0.5\n0.25\n");
    expect_says(table_refusal(path), {"lam.txt:3: ", "is not a number"});
  }
  for (const std::string name : {"5%", "2nd", "\"0x10\"", "2020-01-01", "v1.2", "e1"}) {
    const std::string path = scratch.write("lam.txt", name + "\n0.5\n0.25\n").string();
    EXPECT_EQ(chosen(path).size(), 2) << name;
  }
}

TEST(ReadTable, OtherCompressionsAreNamed) {
  const Scratch scratch;
  const auto packed = [&](const std::string& bytes) { return table_refusal(scratch.write("p", bytes).string()); };
  using namespace std::string_literals;
  expect_says(packed("\xfd"
                     "7zXZ\0\0\4"s),
              {"p: is compressed by xz, which is not read: unpack it, or use gzip"});
  expect_says(packed("\x28\xb5\x2f\xfd\0"s), {"by zstd"});
  expect_says(packed("BZh91AY&SY\0"s), {"by bzip2"});
  expect_says(packed("BZh9\n1\n"), {"read"});
}

TEST(ReadTable, Hdf5SaysWhatADatasetHolds) {
  const std::string kinds = table_data + "kinds.h5";
  EXPECT_EQ(chosen(kinds).size(), 3) << "the only dataset of real numbers needs no name";
  const auto refused = [](const std::string& path, const std::string& what) {
    expect_says(table_refusal(path), {path + ": holds " + what + ", not real numbers; save "});
    EXPECT_FALSE(table_refusal(path).starts_with("IoError")) << path;
  };
  refused(kinds + ":/complex", "complex numbers");
  refused(kinds + ":/boolean", "booleans");
  refused(kinds + ":/text", "text");
  refused(kinds + ":/fixed_text", "text");
  refused(kinds + ":/record", "records of named fields");
  refused(kinds + ":/ragged", "lists of varying length");
  expect_says(table_refusal(table_data + "complex.h5"),
              {"complex.h5:/z: holds complex numbers, not real numbers; save their real parts"});
  expect_says(table_refusal(kinds + ":/nothing"), {"has no \"/nothing\"", "/lam\""});
  try {
    open_rows(kinds + ":/boolean");
    ADD_FAILURE() << "booleans are opened as rows";
  } catch (const StudyError& error) {
    expect_says(error.what(), {"/boolean: holds booleans"});
  }
}

// Images are samples whatever the format and the order of the values: each is one row, its last index fastest.
TEST(OpenRows, NumPyArraysOfImages) {
  for (const char* name : {"images.npz:x", "images.npz:fortran", "images-fortran.npy"}) {
    const RowSource images = open_rows(table_data + name);
    ASSERT_EQ(images.rows, 3) << name;
    ASSERT_EQ(images.columns, 8) << name;
    const Eigen::MatrixXd values = images.read(0, 3);
    for (Eigen::Index i = 0; i < 3; ++i)
      for (Eigen::Index j = 0; j < 8; ++j) EXPECT_EQ(values(i, j), static_cast<double>(8 * i + j)) << name << i << j;
  }
}

TEST(ReadTable, NumPy) {
  const NumberTable columns =
      read_table(table_data + "columns-fortran.npy");  // int32 from the largest byte on, by columns
  EXPECT_TRUE((columns.values == Eigen::ArrayXXd{{1, 5}, {2, -3}, {3, 70000}}).all());
  const Eigen::ArrayXd lam{{3, 2, 0.5}};
  expect_values(chosen(table_data + "stored.npz:lam"), lam, 0, "stored");
  expect_values(chosen(table_data + "packed.npz"), lam, 0, "half precision, deflated, the only one");
  expect_values(chosen(table_data + "stored.npz:row:2"), Eigen::ArrayXd{{2}}, 0, "column of an array");
  expect_says(table_refusal(table_data + "stored.npz"),
              {"stored.npz: has several arrays", "stored.npz:lam\" or", "stored.npz:row\""});
  expect_says(table_refusal(table_data + "stored.npz:mal"), {"has no \"mal\"", "stored.npz:lam\""});
  expect_says(table_refusal(table_data + "complex.npy"),
              {"complex.npy: holds complex numbers (<c16), not real numbers; save their real parts"});
  expect_says(table_refusal(table_data + "cube.npy"), {"cube.npy: has 3 dimensions"});
  expect_says(table_refusal(table_data + "images.npz:x"), {"images.npz:x: has 3 dimensions"});
  const Scratch scratch;
  const auto cut = [&](const std::string& name, std::size_t size) {
    const Scratch source;
    std::ifstream stream(table_data + name, std::ios::binary);
    return scratch.write(name, std::string(std::istreambuf_iterator<char>(stream), {}).substr(0, size)).string();
  };
  // One file after the other: they have one name.
  const std::pair<const char*, std::size_t> pieces[] = {
      {"lam.npy", 216}, {"lam.npy", 200}, {"lam.npy", 20}, {"stored.npz", 300}, {"lam.txt.gz", 60}};
  for (const auto& [name, size] : pieces)
    expect_says(table_refusal(cut(name, size)), {"IoError", scratch.path().string()});
}

TEST(ReadTable, Hdf5) {
  expect_says(table_refusal(table_data + "lam.h5"),
              {"lam.h5: has several datasets; name one", "lam.h5:/group/row\"", "lam.h5:/lam\"", "lam.h5:/nan\""});
  expect_says(table_refusal(table_data + "lam.h5:/lamm"), {"has no \"/lamm\"", "lam.h5:/lam\""});
  EXPECT_TRUE(std::isnan(read_table(table_data + "lam.h5:/nan").values(5, 0)));
  EXPECT_EQ(read_table(table_data + "lam.h5:/nan").place(5), table_data + "lam.h5:/nan: row 6");
  const Scratch scratch;
  DataTree tree;
  tree.index_scale("/row", 2, {"1", "row"});
  tree.index_scale("/one", 1, {"1", "column"});
  tree.dataset("/many", {"/row", "/row"}, Eigen::ArrayXXd{{1, 2}, {3, 4}}, {"1", "matrix"});
  tree.dataset("/column", {"/row", "/one"}, Eigen::ArrayXXd{{5}, {6}}, {"1", "column"});
  write_file(scratch / "shapes.h5", hdf5_image(tree));
  const std::string file = (scratch / "shapes.h5").string();
  expect_values(chosen(file + ":/column"), Eigen::ArrayXd{{5, 6}}, 0, "column");
  expect_values(chosen(file + ":/many:2"), Eigen::ArrayXd{{2, 4}}, 0, "second column");
  expect_says(table_refusal(scratch.write("no.h5", "text").string()), {"IoError", "is not an HDF5 file"});
}

TEST(ReadTable, WhatIsNoNumberIsNamed) {
  expect_says(table_refusal(table_data + "ragged.csv"),
              {"ragged.csv:2:", "has 2 values", "line 1 has 3", "\"1.9,0.7\""});
  expect_says(table_refusal(table_data + "words.txt"), {"words.txt:2:", "\"king 0.1 0.2\""});
  expect_says(table_refusal(table_data + "complex.csv"), {"complex.csv:1:", "\"0.98+0.1j\"", "real parts"});
  expect_says(table_refusal(table_data + "minima-maxima.csv:max"), {"read"});
  expect_says(table_refusal(table_data + "minima-maxima.csv:mean"),
              {"has no column \"mean\"", "minima-maxima.csv:step\", ", "minima-maxima.csv:min\" or"});
  const Scratch scratch;
  const auto says = [&](const std::string& text, std::initializer_list<std::string> parts) {
    expect_says(table_refusal(scratch.write("a.csv", text).string()), parts);
  };
  says("x,y\n1,2\nNA,3\n", {"a.csv:3: column x: \"NA\" is not a number"});
  says("x\n1\n\x01\x02\xff\n", {"a.csv:3", "\\x01\\x02\\xff"});
  says("1 2,5\n2 3.5\n", {"a.csv:2", "\"3.5\"", "commas and points"});
  says(std::string("1\0002", 3), {"a.csv", "zero bytes"});
  expect_says(table_refusal((scratch / "none.csv").string() + ":x"), {"IoError", "none.csv: cannot be read"});
  expect_says(table_refusal(scratch.path().string()), {"IoError", "directory"});
}

TEST(ReadTable, TextOfOtherPrograms) {
  const Scratch scratch;
  const auto second = [&](const std::string& text) { return chosen(scratch.write("a.txt", text).string() + ":2"); };
  const Eigen::ArrayXd wanted{{4.5, 1.25}};
  for (const char* text : {"\"\",\"ev\"\n\"1\",4.5\n\"2\",1.25\n",             // write.csv
                           "\"ev\"\n\"1\" 4.5\n\"2\" 1.25\n",                  // write.table
                           "\"a b\";\"ev\"\r\n\"x;y\";4,5\r\n\"z\";1,25\r\n",  // write.csv2
                           "# written by hand\n\n  1   4.5 # first\n  2   1.25\n",
                           "| n | ev |\n| 1 | 4.5 |\n| 2 | 1.25 |\n", "name\tev\r\na\t+4.5E0\r\nb\t1.25\r\n",
                           "\xEF\xBB\xBFPCA of all\nn,ev\n1,4.5\n2,1.25", "1,4.5,\n2,1.25,\n", "3, 4.5\n10, 1.25\n",
                           "1\r4.5\r2\r1.25\r",  // handled below as one column
                           "1 4.5D+00\n2 1.25D0\n"}) {
    if (std::string(text).find("\r4.5") != std::string::npos)
      EXPECT_EQ(read_table(scratch.write("a.txt", text)).rows(), 4);
    else
      expect_values(second(text), wanted, 0, text);
  }
  expect_values(second("1, 4\n2, 12\n"), Eigen::ArrayXd{{4, 12}}, 0, "commas and blanks");
  expect_values(chosen(scratch.write("c.txt", "Eigenwert\n4,5\n1,25\n")), wanted, 0, "one column, decimal commas");
  EXPECT_TRUE(read_table(scratch.write("p.txt", "4,406512\n2,962592\n")).maybe_decimal_comma);
  EXPECT_FALSE(read_table(scratch.write("p.txt", "4,4.06\n2,9.6\n")).maybe_decimal_comma);
  const std::string big_endian(
      std::string("\xFE\xFF\0n\0\n\0"
                  "4\0.\0"
                  "5",
                  12));
  expect_values(chosen(scratch.write("b.txt", big_endian)), Eigen::ArrayXd{{4.5}}, 0, "UTF-16, the large byte first");
  EXPECT_EQ(read_table(scratch.write("e.txt", "")).rows(), 0);
  EXPECT_EQ(read_table(scratch.write("h.txt", "a,b\n")).names.size(), 2u);
  const NumberTable colon = read_table(scratch.write("a:b.csv", "x,y\n1,2\n").string() + ":y");
  EXPECT_EQ(colon.numbers(colon.selected())(0), 2);
}

TEST(ReadTable, TimeGrowsWithTheFileOnly) {
  const Scratch scratch;
  std::string text = "i,x\n";
  for (int i = 0; i < 200000; ++i) text += std::to_string(i) + "," + std::to_string(i % 977) + ".5\n";
  const NumberTable table = read_table(scratch.write("large.csv", text));
  ASSERT_EQ(table.rows(), 200000);
  EXPECT_EQ(table.lines.back(), 200001u);
  EXPECT_TRUE(table.counts_rows(0));
  EXPECT_EQ(table.values(199999, 1), 199999 % 977 + 0.5);
}

}  // namespace
}  // namespace muonphase
