#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "muonphase/study/study.hpp"
#include "study/toml_value.hpp"

namespace muonphase {

/// A key of the study file, with all that is known about it.
struct KeyEntry {
  std::string path;
  std::string type, allowed, doc;
  std::function<bool(const TomlValue&, Study&)> read;           ///< false when the value is refused
  std::function<std::optional<TomlValue>(const Study&)> write;  ///< nothing when the study does not give the key
};

/// The one table of every key, from which reading, checking, writing and the reference are made.
const std::vector<KeyEntry>& study_key_table();

/// "problem.input.alpha" → "problem.input".
std::string section_of(const std::string& path);

}  // namespace muonphase
