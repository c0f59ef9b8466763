#include "muonphase/results/journal.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>

#include "muonphase/core/error.hpp"
#include "results/scratch.hpp"

namespace muonphase {
namespace {

using Records = std::vector<std::vector<double>>;

const Records records = {{1, -0.0, 1e-310}, {}, {std::nextafter(1.0, 2.0), INFINITY}};

void fill(const std::filesystem::path& path) {
  Journal journal = Journal::create(path, "phase", "seed = 1\n");
  for (const auto& record : records) journal.append(record);
}

TEST(Journal, KeepsRecordsToTheBitAndGrows) {
  const Scratch scratch;
  const auto path = scratch / "out.partial";
  fill(path);
  {
    auto journal = Journal::open(path);
    ASSERT_TRUE(journal);
    EXPECT_EQ(journal->kind(), "phase");
    EXPECT_EQ(journal->study(), "seed = 1\n");
    EXPECT_EQ(journal->records(), records);
    EXPECT_TRUE(std::signbit(journal->records()[0][1]));
    journal->append(std::vector{7.0});
  }
  EXPECT_EQ(Journal::open(path)->records().size(), 4u);
  EXPECT_TRUE(Journal::create(path, "phase", "seed = 2\n").records().empty());
  EXPECT_EQ(Journal::open(path)->study(), "seed = 2\n");
}

// Cut off at any byte, it still has the records before the cut, and takes new ones behind them.
TEST(Journal, ATornEndIsDropped) {
  const Scratch scratch;
  fill(scratch / "whole");
  const std::string whole = scratch.read("whole");
  std::size_t most = 0;
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const auto path = scratch.write("torn", whole.substr(0, size));
    auto journal = Journal::open(path);
    if (!journal) {
      EXPECT_LT(size, 60u);  // no head
      continue;
    }
    const std::size_t found = journal->records().size();
    ASSERT_LT(found, records.size());
    EXPECT_GE(found, most);
    most = found;
    for (std::size_t i = 0; i < found; ++i) EXPECT_EQ(journal->records()[i], records[i]);
    journal->append(std::vector{7.0});
    journal.reset();
    EXPECT_EQ(Journal::open(path)->records().back(), std::vector{7.0}) << size;
  }
  EXPECT_EQ(most, records.size() - 1);
}

TEST(Journal, ADamagedRecordEndsIt) {
  const Scratch scratch;
  fill(scratch / "whole");
  std::string bytes = scratch.read("whole");
  bytes[bytes.size() - 3] = static_cast<char>(bytes[bytes.size() - 3] + 1);
  EXPECT_EQ(Journal::open(scratch.write("damaged", bytes))->records().size(), 2u);
}

TEST(Journal, OneRunAtATime) {
  const Scratch scratch;
  const Journal journal = Journal::create(scratch / "a", "phase", "");
  EXPECT_THROW(Journal::open(scratch / "a"), IoError);
}

TEST(Journal, OtherFilesAreNone) {
  const Scratch scratch;
  EXPECT_FALSE(Journal::open(scratch.write("empty", "")));
  EXPECT_FALSE(Journal::open(scratch.write("other", "\x89HDF\r\n and so on, longer than the first line")));
  EXPECT_THROW(Journal::open(scratch / "missing"), IoError);
  EXPECT_THROW(Journal::create(scratch / "no/such/folder", "phase", ""), IoError);
}

TEST(Journal, AFullDiskIsAnIoError) {
  const Scratch scratch;
  // /dev/full takes everything it is asked to open and nothing it is asked to write.
  std::filesystem::create_symlink("/dev/full", scratch / "full.tmp");
  EXPECT_THROW(Journal::create(scratch / "full", "phase", ""), IoError);
}

}  // namespace
}  // namespace muonphase
