#pragma once
#include <cstdint>
#include <string>

#include "muonphase/closures/full/mode_rates.hpp"
#include "muonphase/closures/linear/linear_coefficients.hpp"
#include "muonphase/core/monitor.hpp"
#include "muonphase/dynamics/risk_curve.hpp"
#include "muonphase/dynamics/schedule.hpp"
#include "muonphase/dynamics/systems/quasilinear.hpp"
#include "muonphase/problem/problem.hpp"

namespace muonphase {

struct FullOdeOptions {
  FullClosureOptions closure = {};
  QuasilinearOptions integrator = {};
  std::uint64_t seed = 1;     ///< of the bases
  OptimizerRules rules = {};  ///< of muon and signum
  Monitor monitor = {};       ///< may interrupt, between evaluations of the rates
};

/// The risk curve of an optimizer ("signsvd", "signsgd", "sgd", "muon", "signum") in the full closure
/// (docs/theory-full-closure.md), from the energies of `problem`; where SignSGD or Signum sees random bases, in those
/// of draw `draw`, the same as in linear_coefficients() and in trial `draw` of a simulation. StudyError for other
/// optimizers and infinite batches.
RiskCurve full_curve(const Problem& problem, const std::string& optimizer, const LearningRate& schedule,
                     const Eigen::ArrayXd& recorded, std::uint64_t draw, const FullOdeOptions& options = {});

/// The same from a given Δ_0 [n, d], in the eigenbases: where Σ_out is isotropic SignSVD follows its mean over batches
/// as a matrix and SignSGD in explicit bases entry by entry; elsewhere its squared entries are the energies. Exact
/// input modes.
RiskCurve full_curve_from(const Problem& problem, const Eigen::MatrixXd& start, const std::string& optimizer,
                          const LearningRate& schedule, const Eigen::ArrayXd& recorded, std::uint64_t draw,
                          const FullOdeOptions& options = {});

/// Whether full_curve depends on `draw`: SignSGD and Signum in random bases.
bool sees_random_basis(const Problem& problem, const std::string& optimizer);

/// The mean curve over `draws` draws, in parallel, or the curve itself where it does not depend on them.
RiskCurve full_mean_curve(const Problem& problem, const std::string& optimizer, const LearningRate& schedule,
                          const Eigen::ArrayXd& recorded, int draws, const FullOdeOptions& options = {});

}  // namespace muonphase
