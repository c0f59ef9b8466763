#pragma once
#include "muonphase/files/data_tree.hpp"
#include "muonphase/run/measure.hpp"
#include "muonphase/run/results.hpp"

namespace muonphase {

/// A tree with the root attributes that every result has: muonphase_version, kind, exponents, study (all keys, as TOML),
/// command_line, created (ISO 8601, UTC, now), git_commit, seed, ranks, threads.
DataTree begin_tree(const Study& study, const Provenance& provenance);

/// Results as trees of datasets, path by path as in docs/hdf5.md.
DataTree tree_of(const OdeResult& result);
DataTree tree_of(const SimulationResult& result);
DataTree tree_of(const ValidationResult& result);
DataTree tree_of(const CoefficientsResult& result);
DataTree tree_of(const PhaseResult& result);
DataTree tree_of(const ImbalanceResult& result);
DataTree tree_of(const MeasureResult& result);
DataTree tree_of(const TuneResult& result);

}  // namespace muonphase
