#pragma once
#include <string>

#include "muonphase/io/hdf5.hpp"

namespace muonphase {

/// A result as one HTML page that needs no network: the phase map to click, or the curves; the study; the provenance.
/// Texts of the file appear as texts, whatever they hold. For phase, ode, simulate and validate; StudyError for others.
std::string html_report(const Hdf5Reader& result);

}  // namespace muonphase
