// Results and other HDF5 files, as `info`, `report`, `plot` and `export` read them. What follows pointers of the file does
// so in a child process for each input, which makes this target slower than the others.
// Held: a page, figures and tables, or an error.
#include <filesystem>

#include "muonphase/core/error.hpp"
#include "muonphase/report/report.hpp"
#include "muonphase/report/result_figure.hpp"
#include "muonphase/results/csv_export.hpp"
#include "muonphase/results/output.hpp"
#include "scratch_file.hpp"

using namespace muonphase;

namespace {

template <class Use>
void try_use(const Use& use) {
  try {
    use();
  } catch (const StudyError&) {
  } catch (const IoError&) {
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static ScratchFile file;
  static const std::filesystem::path folder = std::filesystem::temp_directory_path() / "muonphase-fuzz-export";
  const std::string& path = file.write(data, size);
  try_use([&] {
    const Hdf5Reader result = open_result(path);
    try_use([&] { html_report(result); });
    try_use([&] { result_figures(result); });
    try_use([&] { export_csv(result, folder, true); });
  });
  return 0;
}
