#pragma once
#include <Eigen/Core>

#include "muonphase/core/monitor.hpp"
#include "muonphase/dynamics/risk_curve.hpp"
#include "muonphase/dynamics/schedule.hpp"
#include "muonphase/problem/data_rows.hpp"
#include "muonphase/problem/problem.hpp"

namespace muonphase {

/// SignSGD in the linear layer from a given Δ_0 [n, d] in the eigenbases, seen in the bases whose columns are
/// eigenvectors: given Δ one step is exact for every batch; of Δ = A + N the mean A over batches is followed entry by
/// entry and E[NᵀN] as a moment whose rows are alike (docs/theory-linear-layer.md §5). With `rows` in the eigenbases
/// averages over samples are those of the data, and the sum over a batch is Gaussian (§6); empty ones: Gaussian samples.
///
/// Steps are taken one by one, or a few at once where they move little; O(d² (n + d)) each, O(N n d²) over N rows. Σ_ξ
/// may be anisotropic, bases may have more rows than columns (data that do not span their coordinates).
/// Exact modes. Greedy rates as integrate_quasilinear(). StudyError for an infinite batch or binned modes,
/// DivergenceError when the risk stops being finite.
RiskCurve integrate_layer_signs(const Problem& problem, const Eigen::MatrixXd& start,
                                const Eigen::MatrixXd& output_basis, const Eigen::MatrixXd& input_basis,
                                const SampleRows& rows, double weight_decay, const Monitor& monitor, const LearningRate& schedule, const Eigen::ArrayXd& record);

}  // namespace muonphase
