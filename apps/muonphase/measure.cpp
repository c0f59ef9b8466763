#include "muonphase/run/measure.hpp"

#include <spdlog/spdlog.h>

#include <charconv>
#include <filesystem>
#include <map>
#include <memory>
#include <span>

#include "commands.hpp"
#include "muonphase/files/hdf5.hpp"
#include "muonphase/run/interrupt.hpp"
#include "study_command.hpp"

using namespace muonphase;

namespace {

struct MeasureFlags {
  StudyFlags common;
  MeasureOptions options;
  std::string ranks;
};

RankRange ranks_of(const std::string& text) {
  RankRange ranks;
  const char* const end = text.data() + text.size();
  const auto first = std::from_chars(text.data(), end, ranks.first);
  const bool colon = first.ec == std::errc() && first.ptr != end && *first.ptr == ':';
  const auto last = colon ? std::from_chars(first.ptr + 1, end, ranks.last) : first;
  if (!colon || last.ec != std::errc() || last.ptr != end || ranks.first < 1 || ranks.last <= ranks.first)
    throw StudyError("--ranks " + text + ": must be FIRST:LAST, as in 3:100");
  return ranks;
}

std::filesystem::path study_beside(const std::filesystem::path& output) {
  return std::filesystem::path(output).replace_extension(".toml");
}

int run_measure(const MeasureFlags& flags, const Invocation& invocation) {
  MeasureOptions options = flags.options;
  const StudyFlags& common = flags.common;
  if (!flags.ranks.empty()) options.ranks = ranks_of(flags.ranks);
  const Study none = begin_study(common);  // the log level and the threads
  const std::filesystem::path beside = study_beside(common.output);
  for (const std::string end : {"", ".partial"})
    require_other_file(common.output + end, {options.place.path, options.place.outputs});
  require_other_file(beside, {options.place.path, options.place.outputs});
  if (std::filesystem::exists(beside) && !common.force)
    throw IoError(beside.string() + ": is there already (--force overwrites it, -o names another result)");
  Output output(common.output, common.force ? Existing::overwrite : Existing::refuse, "measure", none);
  InterruptGuard guard(output.partial());
  MeasureResult result = measure_result(options, provenance_of(invocation, "measure"), observer_of(common));
  for (const auto& note : result.notes) spdlog::warn("{}", note);
  const std::string study = measured_study(result, std::filesystem::path(common.output).filename().string());
  result.study = parse_study(measured_study(result, std::filesystem::absolute(common.output).string()), common.output);
  guard.be_patient();
  output.commit(tree_of(result));
  write_file(beside, std::as_bytes(std::span(study)));
  say(common, "{}\nwrote {} and a study of it, {}\n", result.brief(), common.output, beside.string());
  return 0;
}

}  // namespace

void add_measure(CLI::App& app, Invocation& invocation) {
  auto flags = std::make_shared<MeasureFlags>();
  StudyFlags& common = flags->common;
  common.output = "measured.h5";
  CLI::App* command = app.add_subcommand("measure", "Spectrum, target, noise and exponents of your own data");
  command
      ->add_option("DATA", flags->options.place.path,
                   "Samples, a spectrum or a covariance: HDF5, NumPy .npy or .npz, text (CSV and its relatives)")
      ->required();
  command->add_option("-o,--output", common.output, "Result file (HDF5); a study of it is written beside, .toml")
      ->capture_default_str();
  command->add_option("--inputs", flags->options.place.inputs, "Dataset or array of the inputs [samples, n_in]")
      ->capture_default_str();
  command
      ->add_option("--outputs", flags->options.place.outputs,
                   "Dataset or array of the outputs, [samples, n_out] or whole-number labels; a file of its own; or the "
                   "columns of a text, separated by commas")
      ->capture_default_str();
  const std::map<std::string, DataKind> kinds = {{"auto", DataKind::automatic},
                                                 {"samples", DataKind::samples},
                                                 {"eigenvalues", DataKind::eigenvalues},
                                                 {"singular-values", DataKind::singular_values},
                                                 {"covariance", DataKind::covariance}};
  command->add_option("--as", flags->options.kind, "What DATA holds: auto, samples, eigenvalues, singular-values, covariance")
      ->transform(CLI::CheckedTransformer(kinds).description(""))
      ->default_str("auto");
  const std::map<std::string, Preprocess> ways = {{"none", Preprocess::none},
                                                  {"centre", Preprocess::centre},
                                                  {"standardise", Preprocess::standardise}};
  command->add_option("--preprocess", flags->options.preprocess, "What is done to the inputs: none, centre, standardise")
      ->transform(CLI::CheckedTransformer(ways).description(""))
      ->default_str("none");
  command->add_option("--ridge", flags->options.ridge, "Added to the eigenvalues in the least squares")
      ->capture_default_str();
  command->add_option("--ranks", flags->ranks, "Ranks FIRST:LAST that the exponents are fitted over")
      ->type_name("FIRST:LAST");
  add_threads_flag(*command, common.threads);
  add_log_flags(*command, common.quiet, common.log_level);
  command->add_flag("--no-progress", common.no_progress, "No progress bar");
  command->add_flag("--force", common.force, "Overwrite the result and the study beside it");
  command->footer(
      "Examples:\n"
      "  muonphase measure activations.h5 --inputs /x --outputs /y\n"
      "  muonphase measure digits.npz --preprocess centre -o digits.h5\n"
      "  muonphase measure iris.csv --outputs species\n"
      "  muonphase measure spectrum.csv --ranks 5:200\n"
      "  muonphase plot measured.h5 -o measured.png");
  command->callback(
      [flags, &invocation] { invocation.run = [flags, &invocation] { return run_measure(*flags, invocation); }; });
}
