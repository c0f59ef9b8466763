#include <filesystem>
#include <string>
#include <vector>

#include "muonphase/study/study.hpp"

namespace muonphase {
namespace {

// Every path that a study may hold, and names of datasets that may be files of their own.
template <class AnyStudy>
auto paths_in(AnyStudy& study) {
  return std::vector{&study.problem.input.path, &study.problem.output.path,  &study.problem.target.path,
                     &study.problem.start.path, &study.problem.data.path,    &study.imbalance.organisms,
                     &study.imbalance.data.path, &study.problem.data.outputs, &study.imbalance.data.labels};
}

bool is_name(const Study& study, const std::string* path) {
  const bool may_be = path == &study.problem.data.outputs || path == &study.imbalance.data.labels;
  return may_be && !std::filesystem::is_regular_file(resolve(study, *path));
}

std::string absolute_path(const Study& study, const std::string& path) {
  return path.empty() ? path : std::filesystem::absolute(resolve(study, path)).lexically_normal().string();
}

}  // namespace

std::vector<std::string> paths_of(const Study& study) {
  std::vector<std::string> paths;
  for (const std::string* path : paths_in(study))
    if (!path->empty() && !is_name(study, path)) paths.push_back(absolute_path(study, *path));
  return paths;
}

Study with_absolute_paths(Study study) {
  for (std::string* path : paths_in(study))
    if (!is_name(study, path)) *path = absolute_path(study, *path);
  return study;
}

std::optional<std::string> difference_from_stored(const Study& stored, const Study& now) {
  Study likewise = now;
  const auto then = paths_in(stored);
  const auto here = paths_in(likewise);
  for (std::size_t i = 0; i < then.size(); ++i)
    if (std::filesystem::path(*then[i]).is_absolute() && !is_name(likewise, here[i]))
      *here[i] = absolute_path(now, *here[i]);
  return first_difference(stored, likewise);
}

}  // namespace muonphase
