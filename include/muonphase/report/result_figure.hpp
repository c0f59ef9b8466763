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

/// The figures of a result, by what the file holds: risk curves, learning-rate sweeps, or both; drift and diffusion
/// against eigenvalue; what imbalance_figure() draws; of a phase diagram its map and what else it holds, each a figure.
/// StudyError for options that do not belong to it.
std::vector<figures::Figure> result_figures(const Hdf5Reader& file, const ResultFigureOptions& options = {});

/// The last of them, which says most.
figures::Figure result_figure(const Hdf5Reader& file, const ResultFigureOptions& options = {});

}  // namespace muonphase
