#pragma once
#include "muonphase/phase/phase_map.hpp"
#include "muonphase/results/journal.hpp"

namespace muonphase {

/// The cells of a phase diagram in a journal: those that are there, and every one that is finished.
CellStore store_in(Journal journal);

}  // namespace muonphase
