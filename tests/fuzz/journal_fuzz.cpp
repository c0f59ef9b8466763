// The journal of an unfinished run. Checksums keep mutations out, so inputs that begin with an even byte are taken as
// pieces, each of as many bytes as the one before it says, which are framed as sound records first.
// Held: opening it again finds the same records, and a record appended comes last.
#include <cstring>

#include "muonphase/core/error.hpp"
#include "muonphase/results/journal.hpp"
#include "results/checksum.hpp"
#include "scratch_file.hpp"

using namespace muonphase;

namespace {

std::string framed(const std::string& bytes) {
  std::string file = "muonphase journal 2\n";
  for (std::size_t at = 1; at < bytes.size();) {
    const std::size_t size = std::min<std::size_t>(static_cast<unsigned char>(bytes[at]), bytes.size() - at - 1);
    const std::string content = bytes.substr(at + 1, size);
    const std::uint64_t numbers[] = {size, checksum(content)};
    file.append(reinterpret_cast<const char*>(numbers), sizeof numbers).append(content);
    at += 1 + size;
  }
  return file;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static ScratchFile file;
  std::string bytes(reinterpret_cast<const char*>(data), size);
  if (size > 0 && data[0] % 2 == 0) bytes = framed(bytes);
  const std::string& path = file.write(bytes.data(), bytes.size());
  try {
    std::vector<std::vector<double>> records;
    {
      auto journal = Journal::open(path);
      if (!journal) return 0;
      records = journal->records();
      journal->append(std::vector{1.0, 2.0});
    }
    const auto again = Journal::open(path);
    if (!again || again->records().size() != records.size() + 1 || again->records().back().size() != 2) std::abort();
    for (std::size_t i = 0; i < records.size(); ++i)
      if (records[i].size() != again->records()[i].size() ||
          (!records[i].empty() &&
           std::memcmp(records[i].data(), again->records()[i].data(), 8 * records[i].size()) != 0))
        std::abort();
  } catch (const StudyError&) {
  } catch (const IoError&) {
  }
  return 0;
}
