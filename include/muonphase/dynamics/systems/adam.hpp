#pragma once
#include <Eigen/Core>

#include "muonphase/closures/averages/adam_law.hpp"
#include "muonphase/core/monitor.hpp"
#include "muonphase/dynamics/risk_curve.hpp"
#include "muonphase/dynamics/schedule.hpp"
#include "muonphase/problem/problem.hpp"

namespace muonphase {

/// Adam's β's and what goes with them; ε negligible.
struct AdamStep {
  double beta1 = 0.9, beta2 = 0.999;
  double weight_decay = 0;
};

/// Entries of Δ_0 = W_0 − W* whose mean over batches is followed one by one. In the eigenbasis rows may stand for many.
struct EntryStart {
  Eigen::MatrixXd delta, target;  ///< Δ_0 and W* [rows, d], in the eigenbasis of Σ_in
  Eigen::ArrayXd count;           ///< rows of W that each stands for; the sum is n_out
};

/// A given Δ_0, of which every row stands for itself.
EntryStart given_entries(const Problem& problem, const Eigen::MatrixXd& delta);

/// From energies: Gauss–Hermite nodes of a Gaussian target in the eigenbasis; else a target drawn from (seed, draw) whose
/// columns have the energies exactly, and are orthogonal where n ≥ d.
EntryStart entries_from_energies(const Problem& problem, bool eigenbasis, std::uint64_t seed, std::uint64_t draw);

/// Adam, and AdamW, in the full closure, Σ_out isotropic, seen in `basis` (columns are eigenvectors; empty: the
/// eigenbasis): the mean of Δ and of its momentum over batches entry by entry, each with its own average of squares, and
/// the second moments of what the batches add (docs/adam.md). Every optimizer step is taken: O(d² (n + d)) each, O(rows ·
/// d) in the eigenbasis. Greedy rates do not know of weight decay. NumericalError when the risk stops being finite.
RiskCurve integrate_adam(const Problem& problem, const EntryStart& start, const Eigen::MatrixXd& basis,
                         const AdamStep& adam, const LearningRate& schedule, const Eigen::ArrayXd& record,
                         const Monitor& monitor);

}  // namespace muonphase
