#pragma once
// The figures of what a phase diagram holds besides its map.
#include "muonphase/files/hdf5.hpp"
#include "muonphase/phase/phase_map.hpp"
#include "muonphase/report/figures/figure.hpp"
#include "muonphase/report/figures/phase_map.hpp"

namespace muonphase {

/// The map on the refined lattice, its crossing horizons interpolated from the cells of the map.
figures::PhaseMap refined_panel(const Hdf5Reader& file, const figures::PhaseMap& coarse);

/// The map at its dimension, the classes as d → ∞ with undecided cells marked, and the predicted ones.
figures::Figure scaling_figure(const Hdf5Reader& file, const figures::PhaseMap& map,
                               const figures::PhaseMapOptions& look);

/// Whose risk falls faster with compute, and the risk against compute in three cells.
figures::Figure compute_optimal_figure(const Hdf5Reader& file, const PhaseMap& map, const figures::Text& title,
                                       const figures::Text& subtitle);

/// R/R_optimal against the horizon for every policy, median and 90 % of cells.
figures::Figure yardstick_figure(const Hdf5Reader& file, const PhaseMap& map, const figures::Text& title,
                                 const figures::Text& subtitle);

}  // namespace muonphase
