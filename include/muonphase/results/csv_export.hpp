#pragma once
#include <filesystem>
#include <vector>

#include "muonphase/files/hdf5.hpp"

namespace muonphase {

/// Writes a result as text: one table for the datasets of a group that share their dimensions, in long form, the
/// coordinates first (signsvd.step.csv: step, risk, learning_rate); `columns.csv` with the units and meaning of every
/// column; `study.toml`, ready to run again; `provenance.csv`. Numbers read back to the same bits. The folder is made
/// when it is missing. IoError when a file is there already, unless `overwrite`. Returns the files, in order.
std::vector<std::filesystem::path> export_csv(const Hdf5Reader& result, const std::filesystem::path& folder,
                                              bool overwrite);

}  // namespace muonphase
