#pragma once
#include <Eigen/Core>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "muonphase/monitor.hpp"
#include "muonphase/phase/classify.hpp"
#include "muonphase/phase/constant_rate.hpp"
#include "muonphase/problem/problem.hpp"

namespace muonphase {

/// How the learning rate is chosen. constant: the best constant rate for each horizon. greedy: η_t minimises dR/dt at
/// each instant.
enum class Policy { constant, greedy };

/// The (α, β) sweep: power-law data of exponent α, target of exponent β, the linear closure.
struct PhaseOptions {
  Eigen::ArrayXd alpha = Eigen::ArrayXd::LinSpaced(27, 0, 1.3);
  Eigen::ArrayXd beta = Eigen::ArrayXd::LinSpaced(31, 0, 1.5);
  Eigen::ArrayXd horizon;               ///< T, increasing, > 0; in steps, or n_out/B steps when the batch is infinite
  double dimension = 1e6;               ///< n_in, whole
  double output_ratio = 1;              ///< n_out/n_in; n_out is rounded
  double batch_ratio = infinite_batch;  ///< B/n_in, or infinite_batch; B is rounded, at least 1
  double alpha_out = 0;                 ///< exponent of Σ_out, 0 = isotropic
  double label_noise = 0;
  Policy policy = Policy::constant;
  Basis basis = Basis::generic;  ///< what SignSGD sees; explicit bases (haar, hadamard, eigen) up to 4096 modes
  std::uint64_t seed = 1;        ///< of an explicit basis
  int threads = 0;               ///< 0: all
};

struct PhaseCell {
  double initial_risk = 0;
  TunedCurve signsvd, signsgd;

  /// ln(R_SignSVD/R_SignSGD) [horizons]
  Eigen::ArrayXd log_risk_ratio() const { return (signsvd.risk / signsgd.risk).log(); }
};

/// Cells in row-major order, α slowest: the cell of alpha(i), beta(j) is cell(i, j).
struct PhaseMap {
  Eigen::ArrayXd alpha, beta, horizon;
  std::vector<PhaseCell> cells;

  const PhaseCell& cell(Eigen::Index i, Eigen::Index j) const {
    return cells[static_cast<std::size_t>(i * beta.size() + j)];
  }
};

/// The problem of one cell.
Problem phase_problem(const PhaseOptions& options, double alpha, double beta);

/// Computes every cell, in parallel over cells; the numbers do not depend on the number of threads. Throws Interrupted
/// when the monitor asks, StudyError for options out of range.
PhaseMap compute_phase_map(const PhaseOptions& options, const Monitor& monitor = {});

}  // namespace muonphase
