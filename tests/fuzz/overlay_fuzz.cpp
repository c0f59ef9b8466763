// Measured curves over a figure. Held: steps and risks of one length that a logarithmic axis can show, or an error.
#include "muonphase/core/error.hpp"
#include "muonphase/report/measured_curve.hpp"
#include "scratch_file.hpp"

using namespace muonphase;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size >= 4 && std::string(data, data + 4) == "\x89HDF") return -1;
  static ScratchFile file;
  const std::string& path = file.write(data, size);
  for (const char* selection : {"", ":iter,loss"}) {
    try {
      const MeasuredRisk curve = read_measured_risk(path + selection);
      if (curve.step.size() != curve.risk.size() || !(curve.risk > 0).all() || !curve.risk.isFinite().all() ||
          !(curve.step >= 0).all())
        std::abort();
    } catch (const StudyError&) {
    } catch (const IoError&) {
    }
  }
  return 0;
}
