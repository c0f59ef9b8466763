#include "muonphase/report/figures/figure.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cmath>
#include <cstdlib>

#include "muonphase/core/error.hpp"
#include "report/figures/figure_files.hpp"

namespace muonphase::figures {
namespace {

namespace fs = std::filesystem;

Figure parabola() {
  const Eigen::ArrayXd x = Eigen::ArrayXd::LinSpaced(5, 0, 4);
  Panel panel;
  panel.x.label = "abscissa";
  panel.series = {line(x, x.square(), {}, "square")};
  return {"Title", "subtitle", {panel}, 1};
}

/// PATH as it was at the end of a test that changes it.
class Path {
 public:
  explicit Path(const std::string& value) : old_(std::getenv("PATH")) { setenv("PATH", value.c_str(), 1); }
  Path(const Path&) = delete;
  Path& operator=(const Path&) = delete;
  ~Path() { setenv("PATH", old_.c_str(), 1); }

 private:
  std::string old_;
};

/// A program named gnuplot in the folder.
void write_gnuplot(const Folder& folder, const std::string& body) {
  std::ofstream(folder / "gnuplot") << "#!/bin/sh\n" << body << "\n";
  chmod((folder / "gnuplot").c_str(), 0755);
}

template <class Error>
std::string message_of(const Figure& figure, const fs::path& path) {
  try {
    save_figure(figure, path);
  } catch (const Error& error) {
    return error.what();
  }
  return "nothing was thrown";
}

TEST(FigureScript, CarriesDataAxesAndLabels) {
  const std::string script = gnuplot_script(parabola(), Format::svg);
  EXPECT_TRUE(contains(script, "0 0\n1 1\n2 4\n3 9\n4 16\nEOD\n")) << script;
  EXPECT_TRUE(contains(script, "set xrange [0:4] noextend"));
  EXPECT_TRUE(contains(script, "set yrange [0:16] noextend"));
  EXPECT_TRUE(contains(script, "'abscissa'"));
  EXPECT_TRUE(contains(script, "'square'"));
  EXPECT_FALSE(contains(script, "logscale x"));
  Figure logarithmic = parabola();
  logarithmic.panels[0].x.scale = Scale::log;
  EXPECT_TRUE(contains(gnuplot_script(logarithmic, Format::svg), "set logscale x\nset xrange [1:4]"));
  EXPECT_TRUE(contains(gnuplot_script(logarithmic, Format::svg), "<< EOD\n\n1 1\n2 4\n"));  // 0 cannot be shown
}

TEST(FigureScript, GapsBreakLinesAndBandsStayOnTheAxis) {
  Eigen::ArrayXd x(4), y(4);
  x << 1, 2, 3, 4;
  y << 1, std::nan(""), 100, 10;
  Panel panel;
  panel.y.scale = Scale::log;
  panel.series = {line(x, y, {}), band(x, y - 20, y * 2, okabe_ito::blue)};
  const std::string script = gnuplot_script({"", "", {panel}, 1}, Format::png);
  EXPECT_TRUE(contains(script, "1 1\n\n3 100\n4 10\n")) << script;
  EXPECT_TRUE(contains(script, "1 1 2\n\n3 80 200\n4 1 20\n")) << script;  // y − 20 < 0 is drawn at the axis
}

TEST(FigureScript, SharedLegendHasEachEntryOnce) {
  Figure figure = parabola();
  figure.panels[0].series.push_back(band(Eigen::ArrayXd::LinSpaced(5, 0, 4), Eigen::ArrayXd::Zero(5),
                                         Eigen::ArrayXd::Ones(5), okabe_ito::blue, "square"));
  figure.panels.push_back(figure.panels[0]);
  const std::string script = gnuplot_script(figure, Format::svg);
  EXPECT_EQ(script.find("'square'"), script.rfind("'square'"));
}

TEST(FigureScript, RejectsArraysThatDoNotMatch) {
  Figure figure = parabola();
  figure.panels[0].series[0].y.conservativeResize(3);
  EXPECT_THROW(gnuplot_script(figure, Format::png), StudyError);
  figure = parabola();
  figure.panels[0].cells = Cells{Eigen::ArrayXd::Zero(3), Eigen::ArrayXd::Zero(3), {}};
  EXPECT_THROW(gnuplot_script(figure, Format::png), StudyError);
  EXPECT_THROW(gnuplot_script({}, Format::png), StudyError);
}

TEST(FigureFile, EveryFormatIsMadeWhole) {
  const Folder folder("muonphase-figure-formats");
  for (const char* name : {"a.png", "b.svg", "c.pdf", "d.PNG"}) {
    save_figure(parabola(), folder / name);
    EXPECT_GT(fs::file_size(folder / name), 2000u) << name;
    EXPECT_FALSE(fs::exists(folder / (std::string(name) + ".tmp")));
  }
  const std::string png = contents(folder / "a.png");
  EXPECT_EQ(png.substr(1, 3), "PNG");
  const auto byte = [&](int i) { return static_cast<unsigned>(static_cast<unsigned char>(png[i])); };
  EXPECT_GE(byte(18) * 256 + byte(19), 1600u);  // width in the header
  EXPECT_EQ(contents(folder / "c.pdf").substr(0, 5), "%PDF-");
  const std::string svg = visible_text(contents(folder / "b.svg"));
  for (const char* text : {"Title", "subtitle", "abscissa", "square"}) EXPECT_TRUE(contains(svg, text)) << text;
}

TEST(FigureFile, EmptyPanelsAndHopelessDataAreDrawn) {
  const Folder folder("muonphase-figure-empty");
  Panel empty, hopeless;
  hopeless.x.scale = hopeless.y.scale = Scale::log;
  hopeless.x.show_zero = true;
  const Eigen::ArrayXd nan = Eigen::ArrayXd::Constant(3, std::nan(""));
  hopeless.series = {line(nan, nan, {}, "nothing"), band(nan, nan, nan, okabe_ito::blue),
                     points(Eigen::ArrayXd::Zero(2), Eigen::ArrayXd::Zero(2), {}), line({}, {}, {}), vertical(3, {})};
  save_figure({"", "", {empty, hopeless}, 2}, folder / "empty.svg");
  EXPECT_GT(fs::file_size(folder / "empty.svg"), 2000u);
}

// Each text would do harm, or vanish, if gnuplot read it as anything but text.
TEST(FigureFile, TitlesAreOnlyText) {
  const Folder folder("muonphase-figure-titles");
  const std::string mark = folder / "touched";
  const std::vector<std::string> titles = {"\"; system(\"touch " + mark + "\")",
                                           "'; system('touch " + mark + "') #",
                                           "`touch " + mark + "`",
                                           "@x {/=99 big} &{wide} ~a{b}",
                                           "a_b^c \\n \\U+221E \\101 100% %s %g",
                                           "<b> & \" ' </text>",
                                           "Größe 漢字 α→β",
                                           "EOD",
                                           "}{ unbalanced {",
                                           "trailing \\"};
  for (const std::string& title : titles) {
    Figure figure = parabola();
    figure.title = title;
    figure.panels[0].title = figure.panels[0].x.label = figure.panels[0].y.label = title;
    figure.panels[0].series[0].legend = title;
    save_figure(figure, folder / "title.svg");
    const std::string svg = visible_text(contents(folder / "title.svg"));
    const std::string start = title.substr(0, 20);  // a long title continues on the next line
    std::size_t shown = 0;
    for (std::size_t at = 0; (at = svg.find(start, at)) != std::string::npos; ++at) ++shown;
    EXPECT_GE(shown, 4u) << title << "\n" << svg;
    EXPECT_FALSE(fs::exists(mark)) << title;
  }
  Figure figure = parabola();
  figure.title = "first\nsystem('touch " + mark + "')\nlast";
  save_figure(figure, folder / "title.svg");
  EXPECT_FALSE(fs::exists(mark));
  EXPECT_TRUE(contains(visible_text(contents(folder / "title.svg")), "first system('touch"));
}

TEST(FigureFile, NamesOfFilesAreOnlyNames) {
  const Folder folder("muonphase-figure-names");
  for (const char* name : {"it's \"quoted\".png", "new\nline.svg", "`id`.pdf", "sp ace; $(id).png", "-.svg"}) {
    save_figure(parabola(), folder / name);
    EXPECT_TRUE(fs::exists(folder / name)) << name;
  }
}

TEST(FigureFile, UnknownExtensionNamesTheKnownOnes) {
  for (const char* name : {"figure.jpg", "figure", "png", ".png"}) {
    const std::string message = message_of<StudyError>(parabola(), name);
    for (const char* part : {".png", ".svg", ".pdf", name}) EXPECT_TRUE(contains(message, part)) << message;
  }
}

TEST(FigureFile, PlacesThatCannotBeWritten) {
  const Folder folder("muonphase-figure-places");
  EXPECT_TRUE(contains(message_of<IoError>(parabola(), folder / "no/such/folder.png"), "No such file or directory"));
  fs::create_directory(folder / "folder.png");
  EXPECT_TRUE(contains(message_of<IoError>(parabola(), folder / "folder.png"), "it is a directory"));
  EXPECT_TRUE(fs::is_directory(folder / "folder.png"));
}

TEST(FigureFile, MissingGnuplotIsNamedAndNothingIsLeft) {
  const Folder folder("muonphase-figure-missing");
  std::ofstream(folder / "old.png") << "old";
  {
    const Path path(folder / "nothing");
    EXPECT_TRUE(contains(message_of<IoError>(parabola(), folder / "old.png"), "gnuplot is not installed"));
  }
  EXPECT_EQ(contents(folder / "old.png"), "old");
  EXPECT_FALSE(fs::exists(folder / "old.png.tmp"));
}

TEST(FigureFile, FailuresOfGnuplotAreQuoted) {
  const Folder folder("muonphase-figure-failures");
  const Path path(folder.path().string() + ":/usr/bin:/bin");
  write_gnuplot(folder,
                "printf '\\ngnuplot> plot x\\n         ^\\n         line 7: something is wrong\\n\\n' >&2; exit 1");
  std::string message = message_of<IoError>(parabola(), folder / "a.png");
  EXPECT_TRUE(contains(message, "something is wrong")) << message;
  EXPECT_FALSE(contains(message, "\n"));
  write_gnuplot(folder, "printf half; exit 0");
  message = message_of<IoError>(parabola(), folder / "a.png");
  EXPECT_TRUE(contains(message, "incomplete")) << message;
  write_gnuplot(folder, "kill -9 $$");
  message = message_of<IoError>(parabola(), folder / "a.png");
  EXPECT_TRUE(contains(message, "signal 9")) << message;
  EXPECT_FALSE(fs::exists(folder / "a.png"));
  EXPECT_FALSE(fs::exists(folder / "a.png.tmp"));
}

// What gnuplot itself does with a program it does not understand: the messages above are its form.
TEST(FigureFile, SettingsOfTheUserDoNotChangeTheFigure) {
  const Folder folder("muonphase-figure-settings");
  std::ofstream(folder / ".gnuplot") << "set border 0\nnonsense\n";
  const std::string home = std::getenv("HOME") ? std::getenv("HOME") : "";
  setenv("HOME", folder.path().c_str(), 1);
  EXPECT_NO_THROW(save_figure(parabola(), folder / "a.svg"));
  setenv("HOME", home.c_str(), 1);
}

}  // namespace
}  // namespace muonphase::figures
