#include <filesystem>
#include <string>
#include <vector>

#include "muonphase/study/study.hpp"

namespace muonphase {
namespace {

// Every path that a study may hold.
template <class AnyStudy>
auto paths_in(AnyStudy& study) {
  return std::vector{&study.problem.input.path, &study.problem.output.path, &study.problem.target.path,
                     &study.problem.start.path, &study.imbalance.organisms, &study.imbalance.data.path};
}

std::string absolute_path(const Study& study, const std::string& path) {
  return path.empty() ? path : std::filesystem::absolute(resolve(study, path)).lexically_normal().string();
}

}  // namespace

std::vector<std::string> paths_of(const Study& study) {
  std::vector<std::string> paths;
  for (const std::string* path : paths_in(study))
    if (!path->empty()) paths.push_back(absolute_path(study, *path));
  return paths;
}

Study with_absolute_paths(Study study) {
  for (std::string* path : paths_in(study)) *path = absolute_path(study, *path);
  return study;
}

std::optional<std::string> difference_from_stored(const Study& stored, const Study& now) {
  Study likewise = now;
  const auto then = paths_in(stored);
  const auto here = paths_in(likewise);
  for (std::size_t i = 0; i < then.size(); ++i)
    if (std::filesystem::path(*then[i]).is_absolute()) *here[i] = absolute_path(now, *here[i]);
  return first_difference(stored, likewise);
}

}  // namespace muonphase
