// The paths of a study, and what becomes of them in results.
#include <gtest/gtest.h>

#include <set>

#include "muonphase/study/study.hpp"

namespace muonphase {
namespace {

Study in(const std::string& folder, const std::string& path) {
  return parse_study("[problem.target]\npath = \"" + path + "\"\n", folder + "/study.toml");
}

TEST(StudyFiles, EveryPathOfTheTableIsOne) {
  std::vector<std::string> assignments;
  std::set<std::string> expected;
  for (const auto& key : study_keys())
    if (key.allowed == "a path") {
      const std::string name = std::to_string(assignments.size()) + ".h5";
      assignments.push_back(key.path + "=" + name);
      expected.insert((std::filesystem::current_path() / name).string());
    }
  EXPECT_GE(expected.size(), 5u);
  const auto paths = paths_of(default_study(assignments));
  EXPECT_EQ(std::set<std::string>(paths.begin(), paths.end()), expected);
}

TEST(StudyFiles, AbsolutePathsMeanTheSameEverywhere) {
  const Study study = with_absolute_paths(in("/some/where", "../data/w.h5:/target"));
  EXPECT_EQ(study.problem.target.path, "/some/data/w.h5:/target");
  EXPECT_EQ(study.problem.input.path, "");
  EXPECT_EQ(resolve(in("/other", study.problem.target.path), study.problem.target.path), study.problem.target.path);
  EXPECT_EQ(paths_of(study), (std::vector<std::string>{"/some/data/w.h5:/target"}));
}

TEST(StudyFiles, TheSameFileFromElsewhereIsNoDifference) {
  const Study stored = parse_stored_study(to_toml(with_absolute_paths(in("/a", "b/w.h5:/w"))), "/results/x.h5:study");
  EXPECT_EQ(difference_from_stored(stored, in("/a", "b/w.h5:/w")), std::nullopt);
  EXPECT_EQ(difference_from_stored(stored, in("/a/b", "w.h5:/w")), std::nullopt);
  EXPECT_EQ(difference_from_stored(stored, in("/c", "/a/b/w.h5:/w")), std::nullopt);
  EXPECT_NE(difference_from_stored(stored, in("/c", "b/w.h5:/w")), std::nullopt);
  EXPECT_NE(difference_from_stored(stored, default_study()), std::nullopt);
  // A result of 0.1 has the path as the study gives it.
  const Study old = parse_stored_study(to_toml(in("/a", "b/w.h5:/w")), "/results/x.h5:study");
  EXPECT_EQ(difference_from_stored(old, in("/c", "b/w.h5:/w")), std::nullopt);
  EXPECT_NE(difference_from_stored(old, in("/a/b", "w.h5:/w")), std::nullopt);
}

}  // namespace
}  // namespace muonphase
