#include "muonphase/io/report.hpp"

#include <fmt/format.h>

#include <cmath>
#include <sstream>

#include "muonphase/io/results.hpp"
#include "muonphase/io/study.hpp"
#include "report_assets.hpp"

namespace muonphase {
namespace {

// Text as a JSON string that cannot end the script element it stands in.
std::string json_text(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\')
      out += fmt::format("\\{}", c);
    else if (byte < 0x20 || c == '<' || c == '>' || c == '&')
      out += fmt::format("\\u{:04x}", byte);
    else
      out += c;
  }
  return out + "\"";
}

// Six digits do for a picture; JSON knows no NaN and no infinity.
std::string json_number(double value) {
  return std::isfinite(value) ? fmt::format("{:.6g}", value) : "null";
}

// An array of any shape as nested lists.
std::string json_array(const NumericArray& array) {
  std::string out;
  std::size_t at = 0;
  const auto put = [&](const auto& self, std::size_t dimension) -> void {
    if (dimension == array.shape.size()) {
      out += json_number(array.values[at++]);
      return;
    }
    out += '[';
    for (std::size_t i = 0; i < array.shape[dimension]; ++i) {
      if (i > 0) out += ',';
      self(self, dimension + 1);
    }
    out += ']';
  };
  put(put, 0);
  return out;
}

std::string json_dataset(const Hdf5Reader& file, const std::string& path) {
  return json_array(file.numbers(path));
}

std::string json_words(const std::string& text) {
  std::istringstream words(text);
  std::string out;
  for (std::string word; words >> word;) out += fmt::format("{}{}", out.empty() ? "" : ",", json_text(word));
  return fmt::format("[{}]", out);
}

std::string json_map(const Hdf5Reader& file) {
  std::string optimizers;
  for (const auto& name : read_phase_map(file).compare)
    optimizers += fmt::format("{}{{\"name\":{},\"risk\":{},\"learning_rate\":{}}}", optimizers.empty() ? "" : ",",
                              json_text(name), json_dataset(file, "/" + name + "/risk"),
                              json_dataset(file, "/" + name + "/learning_rate"));
  std::string out;
  for (const char* name : {"alpha", "beta", "horizon", "phase", "crossing_horizon", "initial_risk"})
    out += fmt::format("\"{}\":{},", name, json_dataset(file, std::string("/") + name));
  return fmt::format("{{{}\"meanings\":{},\"optimizers\":[{}]}}", out,
                     json_words(file.text_attribute("/phase", "flag_meanings")), optimizers);
}

// Every curve below a group; what a validation measured is dashed.
void add_curves(const Hdf5Reader& file, const std::string& group, std::string& out) {
  for (const auto& name : file.groups(group)) {
    const std::string path = (group == "/" ? "/" : group + "/") + name;
    if (!file.has(path + "/risk") || file.shape(path + "/risk").size() != 1) {
      add_curves(file, path, out);
      continue;
    }
    out += fmt::format("{}{{\"name\":{},\"optimizer\":{},\"dashed\":{},\"step\":{},\"risk\":{},\"learning_rate\":{}}}",
                       out.empty() ? "" : ",", json_text(path.substr(1)), json_text(name),
                       path.starts_with("/simulate/"), json_dataset(file, path + "/step"),
                       json_dataset(file, path + "/risk"), json_dataset(file, path + "/learning_rate"));
  }
}

std::string json_provenance(const Hdf5Reader& file) {
  std::string out;
  for (const char* name : {"muonphase_version", "git_commit", "command_line", "created"})
    out += fmt::format("\"{}\":{},", name, json_text(file.text_attribute("/", name)));
  for (const char* name : {"seed", "ranks", "threads"})
    out += fmt::format("\"{}\":\"{:.0f}\",", name, file.number_attribute("/", name));
  out.pop_back();
  return fmt::format("{{{}}}", out);
}

std::string json_result(const Hdf5Reader& file) {
  const std::string kind = file.text_attribute("/", "kind"), study = file.text_attribute("/", "study");
  std::string shown;
  if (kind == "phase") {
    shown = fmt::format("\"map\":{}", json_map(file));
  } else {
    std::string curves;
    add_curves(file, "/", curves);
    if (curves.empty())
      throw StudyError(fmt::format("{}: holds no phase diagram and no risk curves to report on", file.path().string()));
    shown = fmt::format("\"curves\":[{}]", curves);
  }
  return fmt::format("{{\"kind\":{},\"title\":{},\"study\":{},\"provenance\":{},{}}}", json_text(kind),
                     json_text(parse_study(study, file.path().string() + ":study").title), json_text(study),
                     json_provenance(file), shown);
}

// The page with its marks replaced. What is put in is not searched for marks.
std::string filled(std::string_view page, const std::vector<std::pair<std::string, std::string_view>>& parts) {
  std::string out;
  for (std::size_t at = 0; at < page.size();) {
    std::size_t next = page.size();
    const std::pair<std::string, std::string_view>* found = nullptr;
    for (const auto& part : parts)
      if (const auto place = page.find("%" + part.first + "%", at); place < next) {
        next = place;
        found = &part;
      }
    out += page.substr(at, next - at);
    if (found) out += found->second;
    at = next + (found ? found->first.size() + 2 : 0);
  }
  return out;
}

}  // namespace

std::string html_report(const Hdf5Reader& result) {
  const std::string data = json_result(result);
  return filled(report_assets.page, {{"UPLOT_CSS", report_assets.uplot_style},
                                     {"STYLE", report_assets.style},
                                     {"DATA", data},
                                     {"UPLOT_JS", report_assets.uplot_script},
                                     {"SCRIPT", report_assets.script}});
}

}  // namespace muonphase
