#pragma once
#include <optional>
#include <string>
#include <vector>

#include "muonphase/files/hdf5.hpp"
#include "muonphase/report/figures/figure.hpp"

namespace muonphase {

struct ResultFigureOptions {
  std::optional<double> threshold;   ///< of a phase diagram, instead of the study's; > 1
  bool trials = false;               ///< of a simulation: a thin line for each trial
  std::vector<std::string> overlay;  ///< measured curves on risk curves: CSV, or HDF5 with step and risk
};

/// The figure of a result, by what the file holds: the phase map; risk curves, learning-rate sweeps, or both; drift and
/// diffusion against eigenvalue; what imbalance_figure() draws. StudyError for options that do not belong to it.
figures::Figure result_figure(const Hdf5Reader& file, const ResultFigureOptions& options = {});

}  // namespace muonphase
