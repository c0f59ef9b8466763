// The study parser with --set. Lines that begin with "#set " are assignments, the others the study.
// Held: a bad study is a StudyError or an IoError of one kind or the other; a good one comes back from its own text.
#include <cstdio>
#include <sstream>

#include "muonphase/core/error.hpp"
#include "muonphase/study/study.hpp"

using namespace muonphase;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::string_view mark = "#set ";
  std::string text;
  std::vector<std::string> assignments;
  std::istringstream lines(std::string(reinterpret_cast<const char*>(data), size));
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with(mark))
      assignments.push_back(line.substr(mark.size()));
    else
      text += line + '\n';
  if (text.find("path") != std::string::npos && text.find("/dev") != std::string::npos) return -1;
  try {
    const Study study = parse_study(text, "fuzz.toml", assignments);
    const std::string again = to_toml(study);
    const Study same = parse_study(again, "again.toml");
    if (const auto difference = first_difference(study, same)) {
      std::fprintf(stderr, "not the same study: %s\n%s", difference->c_str(), again.c_str());
      std::abort();
    }
    parse_stored_study(again, "stored.toml");
    for (const char* command : {"ode", "phase", "imbalance"}) unread_keys(study, command);
  } catch (const StudyError&) {
  } catch (const IoError&) {
  }
  return 0;
}
