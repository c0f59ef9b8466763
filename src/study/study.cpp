#include "muonphase/study/study.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <fstream>
#include <iterator>

#include "muonphase/files/table.hpp"
#include "study/nearest.hpp"
#include "study/study_keys.hpp"
#include "study/study_kinds.hpp"
#include "study/study_spectrum.hpp"
#include "study/toml_value.hpp"

namespace muonphase {
namespace {

bool is_section(const std::string& path) {
  const auto& keys = study_key_table();
  return std::any_of(keys.begin(), keys.end(), [&](const KeyEntry& k) { return k.path.starts_with(path + "."); });
}

// Reads the tables of a document into a study by the table of keys.
class Reader {
 public:
  explicit Reader(bool lenient = false) : lenient_(lenient) {}
  void read(const TomlValue& document, Study& study) const { read_table(document, "", study); }

 private:
  void read_table(const TomlValue& table, const std::string& section, Study& study) const {
    for (const auto& [name, value] : *table.get_if<TomlValue::Table>()) {
      const std::string path = section.empty() ? name : section + "." + name;
      const auto key = std::find_if(keys_.begin(), keys_.end(), [&](const KeyEntry& k) { return k.path == path; });
      if (key != keys_.end())
        read_key(*key, value, study);
      else if (!is_section(path) && lenient_)
        continue;
      else if (!is_section(path))
        throw StudyError(fmt::format("{}: unknown key {}; the nearest known key is {}", value.where, printable(path),
                                     nearest_key(path, known_paths())));
      else if (value.get_if<TomlValue::Table>())
        read_table(value, path, study);
      else if (!lenient_)
        throw StudyError(
            fmt::format("{}: {} = {}: must be a table, [{}]", value.where, path, format_toml(value), path));
    }
  }

  void read_key(const KeyEntry& key, const TomlValue& value, Study& study) const {
    bool fits = false;
    try {
      fits = key.read(value, study);
    } catch (const TableError& error) {
      if (!lenient_) throw StudyError(fmt::format("{}: {}", error.where, fmt::join(error.parts, key.path)));
    }
    if (!fits && lenient_) return;
    if (!fits)
      throw StudyError(fmt::format("{}: {} = {}: must be {}", value.where, key.path, format_toml(value), key.allowed));
    study.places[key.path] = value.where;
  }

  std::vector<std::string> known_paths() const {
    std::vector<std::string> paths;
    for (const auto& key : keys_) {
      paths.push_back(key.path);
      for (auto section = section_of(key.path); !section.empty(); section = section_of(section))
        paths.push_back(section);
    }
    return paths;
  }

  bool lenient_;
  const std::vector<KeyEntry>& keys_ = study_key_table();
};

void check_grid(const Study& study, const std::string& key, const GridSection& grid) {
  if (grid.max < grid.min) throw study_error(study, key + ".max", fmt::format("at least {}.min", key));
  if (grid.count > 1 && grid.max == grid.min) throw study_error(study, key + ".count", "1 where min equals max");
}

void check_covariance(const Study& study, const std::string& key, const CovarianceSection& side, double size) {
  constexpr double most_exact = 1e6;
  if (side.spectrum == SpectrumKind::file && side.path.empty())
    throw study_error(study, key + ".path", "the path of the eigenvalues, with spectrum = \"file\"");
  if (side.basis == Basis::data && study.problem.data.path.empty())
    throw study_error(study, key + ".basis", "\"eigen\", \"haar\", \"hadamard\" or \"generic\" without problem.data.path");
  if (side.spectrum != SpectrumKind::isotropic && side.modes == ModeRule::exact && size > most_exact)
    throw study_error(study, key + ".modes", fmt::format("\"binned\" or \"auto\" above {} modes", most_exact));
}

// What one key cannot know of another.
void check(const Study& study) {
  if (study.phase.closure == Closure::full)
    for (const double ratio : study.phase.batch_ratio)
      if (std::isinf(ratio)) throw study_error(study, "phase.batch_ratio", "finite where phase.closure = \"full\"");
  check_covariance(study, "problem.input", study.problem.input, study.problem.n_in);
  check_covariance(study, "problem.output", study.problem.output, study.problem.n_out);
  for (const auto& [optimizer, rate] : study.run.learning_rate)
    if (const auto* schedule = std::get_if<LearningRate>(&rate)) {
      const std::string key = "run.learning_rate." + optimizer;
      try {
        validate(*schedule, key);
      } catch (const StudyError& error) {
        throw StudyError(study.places.at(key) + ": " + error.what());
      }
    }
  check_grid(study, "phase.alpha", study.phase.alpha);
  check_grid(study, "phase.beta", study.phase.beta);
  check_grid(study, "phase.horizons", study.phase.horizons);
  check_grid(study, "phase.accuracies", study.phase.accuracies);
  check_grid(study, "phase.scaling.dimension", study.phase.scaling.dimension);
  check_grid(study, "phase.scaling.tau", study.phase.scaling.tau);
  check_grid(study, "phase.compute.dimension", study.phase.compute.dimension);
  constexpr double largest = 1e15;
  if (study.phase.dimension.back() * study.phase.output_ratio.back() > largest)
    throw study_error(study, "phase.output_ratio", fmt::format("at most {:g}/dimension", largest));
}

Study read_study(const TomlValue& document, const std::filesystem::path& folder) {
  Study study;
  study.folder = folder;
  Reader().read(document, study);
  take_sizes(study);
  check(study);
  return study;
}

TomlValue assigned(TomlValue document, const std::vector<std::string>& assignments) {
  for (const auto& assignment : assignments) assign_toml(document, assignment, "--set", is_section);
  return document;
}

// The value of a key as TOML, empty when the study does not give it.
std::string text_of(const KeyEntry& key, const Study& study) {
  const auto value = key.write(study);
  return value ? format_toml(*value) : "";
}

}  // namespace

Study default_study(const std::vector<std::string>& assignments) {
  return read_study(assigned({TomlValue::Table{}, {}}, assignments), {});
}

Study parse_study(std::string_view text, const std::string& file, const std::vector<std::string>& assignments) {
  return read_study(assigned(parse_toml(text, file), assignments), std::filesystem::path(file).parent_path());
}

Study parse_stored_study(std::string_view text, const std::string& file) {
  Study study;
  study.folder = std::filesystem::path(file).parent_path();
  Reader(true).read(parse_toml(text, file), study);
  return study;
}

Study load_study(const std::filesystem::path& file, const std::vector<std::string>& assignments) {
  if (std::filesystem::is_directory(file)) throw IoError(file.string() + ": is a directory, not a study");
  std::ifstream stream(file, std::ios::binary);
  if (!stream) throw IoError(fmt::format("{}: cannot read the study: {}", file.string(), std::strerror(errno)));
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  if (stream.bad()) throw IoError(file.string() + ": cannot read the study");
  if (text.starts_with("\x89HDF\r\n")) throw StudyError(file.string() + ": is an HDF5 file, not a study");
  return parse_study(text, file.string(), assignments);
}

std::string to_toml(const Study& study) {
  std::string text, section;
  for (const auto& key : study_key_table()) {
    const std::string value = text_of(key, study);
    if (value.empty()) continue;
    if (const std::string now = section_of(key.path); now != section) {
      section = now;
      text += fmt::format("\n[{}]\n", section);
    }
    text += fmt::format("{} = {}\n", key.path.substr(section.empty() ? 0 : section.size() + 1), value);
  }
  return text;
}

std::optional<std::string> first_difference(const Study& before, const Study& now) {
  for (const auto& key : study_key_table()) {
    const std::string then_text = text_of(key, before), now_text = text_of(key, now);
    if (then_text != now_text)
      return fmt::format("{}: {}, now {}", key.path, then_text.empty() ? "not given" : then_text,
                         now_text.empty() ? "not given" : now_text);
  }
  return std::nullopt;
}

std::vector<StudyKey> study_keys() {
  const Study defaults;
  std::vector<StudyKey> keys;
  for (const auto& key : study_key_table())
    keys.push_back({key.path, key.type, text_of(key, defaults), key.allowed, key.doc});
  return keys;
}

StudyError study_error(const Study& study, const std::string& key, const std::string& allowed) {
  const auto place = study.places.find(key);
  std::string value;
  for (const auto& entry : study_key_table())
    if (entry.path == key) value = " = " + text_of(entry, study);
  return StudyError(
      fmt::format("{}{}{}: must be {}", place == study.places.end() ? "" : place->second + ": ", key, value, allowed));
}

RunRate rate_of(const RunSection& run, const std::string& optimizer) {
  const auto rate = run.learning_rate.find(optimizer);
  return rate == run.learning_rate.end() ? RunRate(LearningRate(GreedyRate{})) : rate->second;
}

std::filesystem::path resolve(const Study& study, const std::string& path) {
  return study.folder / path;  // an absolute right side replaces the left
}

}  // namespace muonphase
