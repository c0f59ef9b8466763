#pragma once
#include <string>

#include "muonphase/files/hdf5.hpp"

namespace muonphase {

/// A result of any kind as one HTML page that needs no network: the phase map to click, or its curves; the study; the
/// provenance. Texts of the file appear as texts, whatever they hold.
std::string html_report(const Hdf5Reader& result);

}  // namespace muonphase
