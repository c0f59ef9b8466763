#pragma once
#include <set>
#include <string>
#include <vector>

#include "muonphase/study/study.hpp"

namespace muonphase {

/// The commands that read studies.
const std::vector<std::string>& study_commands();

/// Whether a command reads the key of that path.
bool reads_key(const std::string& command, const std::string& path);

/// The keys whose values are not their defaults.
std::set<std::string> changed_keys(const Study& study);

}  // namespace muonphase
