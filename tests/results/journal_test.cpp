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
  const std::size_t head = Journal::beginning("phase", "seed = 1\n").size();
  std::size_t most = 0;
  for (std::size_t size = head; size < whole.size(); ++size) {
    const auto path = scratch.write("torn", whole.substr(0, size));
    {
      auto journal = Journal::open(path);
      ASSERT_TRUE(journal);
      const std::size_t found = journal->records().size();
      ASSERT_LT(found, records.size());
      EXPECT_GE(found, most);
      EXPECT_EQ(journal->lost(), 0u);
      most = found;
      for (std::size_t i = 0; i < found; ++i) EXPECT_EQ(journal->records()[i], records[i]);
      journal->append(std::vector{7.0});
    }
    EXPECT_EQ(Journal::open(path)->records().back(), std::vector{7.0}) << size;
  }
  EXPECT_EQ(most, records.size() - 1);
}

// Without the study nobody knows what the numbers are of.
TEST(Journal, ADamagedHeadIsAnIoErrorAndTheFileStays) {
  const Scratch scratch;
  fill(scratch / "whole");
  const std::string whole = scratch.read("whole");
  const std::size_t first_line = whole.find('\n') + 1, head = Journal::beginning("phase", "seed = 1\n").size();
  for (std::size_t at = first_line; at < head; ++at) {
    std::string bytes = whole;
    bytes[at] = static_cast<char>(bytes[at] ^ 1);
    EXPECT_THROW(Journal::open(scratch.write("damaged", bytes)), IoError) << at;
    EXPECT_EQ(scratch.read("damaged"), bytes);
    EXPECT_THROW(Journal::open(scratch.write("torn", whole.substr(0, at))), IoError) << at;
  }
}

// A changed byte costs the record it is in, wherever in the record it is, and none of those behind it.
TEST(Journal, ADamagedRecordIsPassedOver) {
  const Scratch scratch;
  fill(scratch / "whole");
  const std::string whole = scratch.read("whole");
  const std::size_t first = Journal::beginning("phase", "seed = 1\n").size(), second = first + 16 + 3 * 8;
  for (std::size_t at = first; at < second; ++at)
    for (const int change : {1, 0x80}) {
      std::string bytes = whole;
      bytes[at] = static_cast<char>(bytes[at] ^ change);
      const auto path = scratch.write("damaged", bytes);
      {
        auto journal = Journal::open(path);
        ASSERT_EQ(journal->records(), Records(records.begin() + 1, records.end())) << at;
        EXPECT_EQ(journal->lost(), second - first);
        journal->append(std::vector{7.0});
      }
      EXPECT_EQ(Journal::open(path)->records().size(), 3u);
    }
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
