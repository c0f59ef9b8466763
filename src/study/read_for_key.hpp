#pragma once
#include <string>

#include "muonphase/core/error.hpp"
#include "muonphase/study/study.hpp"

namespace muonphase {

/// What `read` gives of a file that a key of the study names. A failure is said with the key and where it was written.
template <class Read>
auto read_for_key(const Study& study, const std::string& key, Read read) {
  const auto place = study.places.find(key);
  const std::string who = (place == study.places.end() ? "" : place->second + ": ") + key + ": ";
  try {
    return read();
  } catch (const StudyError& error) {
    throw StudyError(who + error.what());
  } catch (const IoError& error) {
    throw IoError(who + error.what());
  }
}

}  // namespace muonphase
