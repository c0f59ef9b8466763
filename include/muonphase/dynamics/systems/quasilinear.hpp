#pragma once
#include "muonphase/closures/full/mode_rates.hpp"
#include "muonphase/dynamics/risk_curve.hpp"
#include "muonphase/dynamics/schedule.hpp"
#include "muonphase/problem/problem.hpp"

namespace muonphase {

struct QuasilinearOptions {
  double tolerance = 1e-4;       ///< on |ln R| between predictor and corrector in one step of the integrator
  int max_evaluations = 100000;  ///< of the rates
  /// Whether the curve has its path. A run that diverges then ends where it does, with infinite risks from there on.
  bool path = false;
};

/// Integrates the mode energies when their rates depend on the energies themselves: over one optimizer step
///
///     v ← (1 − 2 η rate(v)) v + η² diffusion(v),
///
/// which is the exact second moment of W − Φ(G), not its limit of small η. Whole stretches of steps are taken at once
/// with rates interpolated linearly in t across the stretch (predictor: extrapolated; corrector: from the rates at its
/// end), the geometric sum over the stretch being exact; stretches of one step reproduce the recursion itself. A curve
/// takes a few tens of evaluations of `rates`. docs/theory-full-closure.md §5.
///
/// `record`: the steps to record, from 0 on; between whole steps ln R is a line. The last is the horizon of the
/// schedule. Greedy rates are η = scale · Σ w λ rate v / Σ w λ diffusion at each instant. NumericalError when the risk
/// stops being finite or the evaluations run out.
RiskCurve integrate_quasilinear(const Problem& problem, const RateFunction& rates, const LearningRate& schedule,
                                const Eigen::ArrayXd& record, const QuasilinearOptions& options = {});

/// Integrates from a given Δ_0 [n, d] as integrate_quasilinear() does from energies: the mean of Δ over batches and the
/// variances of its entries are followed apart (docs/theory-full-closure.md §8). Exact modes.
RiskCurve integrate_entry_moments(const Problem& problem, const Eigen::MatrixXd& start, const EntryRateFunction& rates,
                                  double weight_decay, const LearningRate& schedule, const Eigen::ArrayXd& record,
                                  const QuasilinearOptions& options = {});

}  // namespace muonphase
