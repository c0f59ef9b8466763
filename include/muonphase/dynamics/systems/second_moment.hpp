#pragma once
#include "muonphase/closures/full/mode_rates.hpp"
#include "muonphase/core/monitor.hpp"
#include "muonphase/dynamics/risk_curve.hpp"
#include "muonphase/dynamics/schedule.hpp"
#include "muonphase/dynamics/systems/quasilinear.hpp"
#include "muonphase/problem/problem.hpp"

namespace muonphase {

/// Decoupled weight decay W ← (1 − ηλ) W − ηΦ, and what it pulls: E[ΔᵀW*] at the start and E[W*ᵀW*], [d, d] in the
/// eigenbasis of Σ_in.
struct MomentDecay {
  double rate = 0;  ///< λ; the moments are empty where it is 0
  Eigen::MatrixXd overlap = {}, target = {};
};

/// From the problem's energies, or for a given Δ_0 [n, d].
MomentDecay moment_decay(const Problem& problem, double rate, const Eigen::MatrixXd& start);

/// W* = W_0 − Δ_0 of a given Δ_0 [n, d].
Eigen::MatrixXd target_of(const Problem& problem, const Eigen::MatrixXd& start);

/// StudyError where the problem is not one of matrices [d, d] over the input's modes: Σ_out isotropic, modes exact.
void require_coupled_modes(const Problem& problem);

/// E[ΔᵀΔ] at the start, [d, d], from the problem's energies: diagonal. Needs exact input modes and an isotropic output.
Eigen::MatrixXd initial_moment(const Problem& problem);

/// Integrates M = E[ΔᵀΔ] from `start` where the modes are coupled: over one optimizer step M ← M − η (L M + M Lᵀ) + η²
/// D, rates depending on M. Stretches of steps are taken at once by repeated squaring of (1 − ηL), with the step-size
/// control of integrate_quasilinear. Cost of a stretch of h steps: O(d³ ln h), and one evaluation of `rates`.
///
/// Σ_out isotropic. Recorded steps, schedules and errors as integrate_quasilinear.
RiskCurve integrate_second_moment(const Problem& problem, const Eigen::MatrixXd& start, const MomentRateFunction& rates,
                                  const MomentDecay& decay, const LearningRate& schedule, const Eigen::ArrayXd& record,
                                  const QuasilinearOptions& options = {});

/// Integrates the second moment of Δ from a given Δ_0: `start` is Δ_0ᵀΔ_0 [d, d] in the eigenbasis of Σ_in. The mean of
/// Δ over batches and its spread are followed apart (docs/theory-full-closure.md §10).
RiskCurve integrate_mean(const Problem& problem, const Eigen::MatrixXd& start, const MeanRateFunction& rates,
                         const MomentDecay& decay, const LearningRate& schedule, const Eigen::ArrayXd& record,
                         const QuasilinearOptions& options = {});

/// SignSGD's linear answer to E[ΔᵀΔ] [d, d] in the coordinates of W, FullSignSgd::response.
using ResponseFunction = std::function<Eigen::MatrixXd(const Eigen::MatrixXd& moment)>;

/// SignSGD from a given Δ_0 [n, d] in the eigenbases, seen in `basis` on the input side: the mean of Δ over batches is
/// followed entry by entry, its spread as a moment (docs/theory-full-closure.md §12). Rates are evaluated once for each
/// stretch; A and E[NᵀN] take every optimizer step, O(d² (n + d)) each.
RiskCurve integrate_entries(const Problem& problem, const Eigen::MatrixXd& start, const Eigen::MatrixXd& basis,
                            const ResponseFunction& response, double weight_decay, const LearningRate& schedule,
                            const Eigen::ArrayXd& record, const QuasilinearOptions& options = {});

/// SignSGD where Σ_out is not isotropic, seen in two explicit bases: from a given Δ_0 [n, d] in the eigenbases, its
/// mean followed entry by entry with every optimizer step O(n d (n + d)), or, where `start` is empty, from the
/// problem's energies, O(n d) for each stretch (docs/theory-full-closure.md §13).
RiskCurve integrate_two_sided(const Problem& problem, const Eigen::MatrixXd& start, const Eigen::MatrixXd& basis_out,
                              const Eigen::MatrixXd& basis_in, const Monitor& monitor, const LearningRate& schedule,
                              const Eigen::ArrayXd& record, const QuasilinearOptions& options = {});

}  // namespace muonphase
