// The reader of tables: text of any kind, gzip, .npy, .npz. HDF5 has mutants of its own (scripts/mutants.py), as its
// reader makes child processes.
// Held: a table or an error; no cell of what it calls numbers is out of the file's shape.
#include "muonphase/files/table.hpp"
#include "scratch_file.hpp"

using namespace muonphase;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size >= 4 && std::string(data, data + 4) == "\x89HDF") return -1;
  static ScratchFile file;
  const std::string& path = file.write(data, size);
  for (const char* selection : {"", ":1", ":value", ":arr_0"}) {
    try {
      const NumberTable table = read_table(path + selection);
      if (!table.names.empty() && table.names.size() != table.columns()) std::abort();
      if (!table.lines.empty() && static_cast<Eigen::Index>(table.lines.size()) != table.rows()) std::abort();
      table.choices();
      const Eigen::ArrayXd values = table.numbers(table.selected());
      if (values.size() != table.rows()) std::abort();
      table.matrix();
    } catch (const StudyError&) {
    } catch (const IoError&) {
    }
  }
  return 0;
}
