// What a file of the user holds.
#include <fmt/format.h>
#include <cmath>

#include "json.hpp"
#include "muonphase/run/measure.hpp"
#include "session.hpp"

namespace muonphase {
namespace {

std::string name_of(DataKind kind) {
  switch (kind) {
    case DataKind::samples:
      return "samples";
    case DataKind::covariance:
      return "covariance";
    default:
      return "eigenvalues";
  }
}

}  // namespace

std::string Session::spectrum(const std::string& file) const {
  using namespace json;
  const MeasureResult measured = measure_result({.place = {file}}, {.kind = "measure"}, {});
  const PowerLawFit& fit = measured.alpha;
  return object({{"kind", text(name_of(measured.kind))},
                 {"eigenvalues", numbers(measured.layer.eigenvalue)},
                 {"alpha", number(fit.usable ? fit.exponent : std::nan(""))},
                 {"alpha_stderr", number(fit.standard_error)},
                 {"first", number(static_cast<double>(fit.ranks.first))},
                 {"last", number(static_cast<double>(fit.ranks.last))},
                 {"power_law", fit.usable && fit.is_power_law() ? "true" : "false"},
                 {"effective_dimension", number(measured.effective_dimension)},
                 {"notes", texts(measured.notes)},
                 {"brief", text(measured.brief())}});
}

}  // namespace muonphase
