#include "muonphase/run/progress.hpp"

#include <gtest/gtest.h>
#include <signal.h>

#include "muonphase/run/interrupt.hpp"
#include "results/scratch.hpp"

namespace muonphase {
namespace {

TEST(Progress, DurationsReadAsPeopleSayThem) {
  EXPECT_EQ(format_duration(3.6), "4 s");
  EXPECT_EQ(format_duration(200), "3 min 20 s");
  EXPECT_EQ(format_duration(18600), "5 h 10 min");
}

TEST(Progress, SaysNothingWhereItIsOffOrDone) {
  const Scratch scratch;
  std::FILE* file = std::fopen((scratch / "log").c_str(), "w");
  {
    Progress off("sweep", "cells", Progress::Style::off, file);
    off.tick(1, 2);
    Progress plain("sweep", "cells", Progress::Style::automatic, file);
    plain.tick(2, 2);  // a short run needs no lines
  }
  std::fclose(file);
  EXPECT_EQ(scratch.read("log"), "");
}

TEST(InterruptGuard, CatchesOneSignal) {
  {
    const InterruptGuard guard;
    EXPECT_FALSE(InterruptGuard::interrupted());
    raise(SIGTERM);
    EXPECT_TRUE(InterruptGuard::interrupted());
  }
  const InterruptGuard again;
  EXPECT_FALSE(InterruptGuard::interrupted());
}

}  // namespace
}  // namespace muonphase
