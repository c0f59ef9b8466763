#pragma once
#include <optional>
#include <vector>

#include "muonphase/files/hdf5.hpp"
#include "muonphase/report/figures/figure.hpp"
#include "muonphase/study/study.hpp"

namespace muonphase {

/// The figures of a phase diagram, the one that `plot` draws last: the map, cells tested by training marked; the map
/// with refined boundaries, where they are those of this threshold; R/R_optimal of every policy; whose risk falls
/// faster with compute; the classes as d → ∞. Those after the map where the file has them. Predicted lines are drawn on
/// maps that they are predictions of. `threshold`: the study's when empty.
std::vector<figures::Figure> phase_figures(const Hdf5Reader& file, const Study& study, std::optional<double> threshold);

}  // namespace muonphase
