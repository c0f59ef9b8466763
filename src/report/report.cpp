#include "muonphase/report/report.hpp"

#include <fmt/format.h>

#include "muonphase/optimizers/registry.hpp"
#include "muonphase/report/result_figure.hpp"
#include "muonphase/results/results.hpp"
#include "muonphase/study/study.hpp"
#include "report/filled.hpp"
#include "report/report_assets.hpp"
#include "report/report_json.hpp"

namespace muonphase {
namespace {

std::string json_dataset(const Hdf5Reader& file, const std::string& path) {
  return json_array(file.numbers(path));
}

// What the page shows of a cell that is clicked, and of cells tested by training.
std::string json_map(const Hdf5Reader& file) {
  const PhaseMap map = read_phase_map(file);
  const bool times = map.criterion == Criterion::accuracy;
  std::string optimizers, out;
  for (const auto& name : map.compare)
    optimizers +=
        fmt::format("{}{{\"name\":{},\"color\":\"#{:06x}\",\"compared\":{},\"learning_rate\":{}}}",
                    optimizers.empty() ? "" : ",", json_text(optimizer_label(name)), figures::optimizer_color(name).rgb,
                    json_dataset(file, "/" + name + (times ? "/time" : "/risk")),
                    json_dataset(file, "/" + name + "/learning_rate"));
  out += fmt::format("\"axis\":{},\"axis_name\":\"{}\",\"compared_heading\":\"{}\",\"compared_name\":\"{}\",\"crossing\":{},",
                     json_dataset(file, "/" + name_of(map.criterion)), times ? "accuracy ε" : "horizon T",
                     times ? "Time of the cell" : "Risk of the cell", times ? "steps" : "population risk R(T)",
                     json_dataset(file, "/crossing_" + name_of(map.criterion)));
  if (times) out += fmt::format("\"cut\":{},", json_dataset(file, "/finite_size_cut"));
  if (map.third_axis != ThirdAxis::none) {
    const std::string& third = name_of(map.third_axis);
    out += fmt::format("\"third\":{{\"name\":{},\"values\":{}}},", json_text(third), json_dataset(file, "/" + third));
  }
  for (const char* name : {"alpha", "beta", "phase", "initial_risk"})
    out += fmt::format("\"{}\":{},", name, json_dataset(file, std::string("/") + name));
  if (file.has("/verify")) {
    out += "\"verify\":{";
    for (const char* name :
         {"alpha", "beta", "horizon", "predicted_log_ratio", "log_ratio", "log_ratio_sem", "verdict_holds"})
      out += fmt::format("\"{}\":{},", name, json_dataset(file, std::string("/verify/") + name));
    out.back() = '}';
    out += ',';
  }
  const std::string first = optimizer_label(map.compare[0]), second = optimizer_label(map.compare[1]);
  const std::string meanings = fmt::format("[\"indistinguishable\",{},{},\"trade-off\"]",
                                           json_text(second + " favoured"), json_text(first + " favoured"));
  return fmt::format("{{{}\"meanings\":{},\"optimizers\":[{}]}}", out, meanings, optimizers);
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
  for (const auto& figure : result_figures(file)) shown += (shown.empty() ? "" : ",") + json_figure(figure);
  const std::string advice = file.has_attribute("/", "advice") ? json_text(file.text_attribute("/", "advice")) : "null";
  return fmt::format("{{\"kind\":{},\"advice\":{},\"title\":{},\"study\":{},\"provenance\":{},\"map\":{},\"figures\":[{}]}}",
                     json_text(kind), advice, json_text(parse_stored_study(study, file.path().string() + ":study").title),
                     json_text(study), json_provenance(file), kind == "phase" ? json_map(file) : "null", shown);
}

}  // namespace

std::string html_report(const Hdf5Reader& result) {
  const std::string data = json_result(result);
  return filled(report_assets.page, {{"UPLOT_CSS", report_assets.uplot_style},
                                     {"STYLE", report_assets.style},
                                     {"DATA", data},
                                     {"UPLOT_JS", report_assets.uplot_script},
                                     {"DRAW_JS", report_assets.drawing},
                                     {"SCRIPT", report_assets.script}});
}

}  // namespace muonphase
