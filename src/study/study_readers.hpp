#pragma once
#include <string>
#include <vector>

namespace muonphase {

/// The commands that read studies.
const std::vector<std::string>& study_commands();

/// Whether a command reads the key of that path.
bool reads_key(const std::string& command, const std::string& path);

}  // namespace muonphase
