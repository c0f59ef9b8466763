#pragma once
#include <Eigen/Core>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "muonphase/optimizers/ode.hpp"
#include "muonphase/problem/problem.hpp"

namespace muonphase {

/// What a run is allowed to cost. steps: however large the batch. samples: steps × batch. compute: floating-point
/// operations, those of step_flops().
enum class Budget { steps, samples, compute };

/// Operations of one step of W [n_out, n_in] on `batch` samples: 4 B n d for the gradient, and for a spectral update its
/// polar factor as iterations of Newton and Schulz of 4 m²M + 2 m³ each, m = min(n, d), M = max(n, d): as many as the
/// optimizer makes, five for an exact polar factor. Updates entry by entry count nothing.
double step_flops(const Optimizer& optimizer, double batch, double n_out, double n_in);

struct TuneOptions {
  Eigen::ArrayXd batch;    ///< [b] increasing
  Eigen::ArrayXd horizon;  ///< [h] increasing, in units of the budget
  Budget budget = Budget::steps;
  std::vector<double> targets = {};  ///< risks whose first time is wanted
  std::vector<double> weight_decays = {};  ///< to choose from, in place of each optimizer's own; empty: its own
  OdeOptions ode = {};
};

/// One optimizer at its best constant rate, for each batch and horizon.
struct TunedOptimizer {
  std::string optimizer;
  Eigen::ArrayXXd steps;          ///< [b, h] that the horizon pays for
  Eigen::ArrayXXd risk;           ///< [b, h] R*; NaN where nothing pays for a step, or no rate has a risk
  Eigen::ArrayXXd learning_rate;  ///< [b, h] the rate that reaches it
  Eigen::ArrayXXd weight_decay;   ///< [b, h] and the weight decay
  Eigen::ArrayXd edge;            ///< [b] rates above it diverge (linear closure)
  Eigen::ArrayXXd time;           ///< [b, targets] the least budget that reaches the target; NaN beyond the last horizon
};

/// The problem at a batch size.
using ProblemAt = std::function<Problem(double batch)>;

/// Tunes every optimizer at every batch by best_full_rate(), whichever closure `options.ode` names. Progress counts
/// pairs of optimizer and batch. Cost: some 50 to 150 curves for each weight decay of a pair.
std::vector<TunedOptimizer> tune(const ProblemAt& problem, const std::vector<Optimizer>& optimizers,
                                 const TuneOptions& options);

/// The number of the optimizer of least risk [b, h]; −1 where none has one.
Eigen::ArrayXXi best_of(const std::vector<TunedOptimizer>& tuned);

/// What a rate η of W ← W − ηΦ is called elsewhere: name and lr/η. The update scale that Φ has is taken
/// into account. Empty for updates that are not spectral, whose η is their lr.
std::vector<std::pair<std::string, double>> rate_conventions(const Optimizer& optimizer, double n_out, double n_in);

}  // namespace muonphase
