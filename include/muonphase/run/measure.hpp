#pragma once
#include <optional>
#include <string>
#include <vector>

#include "muonphase/problem/power_law_fit.hpp"
#include "muonphase/problem/samples.hpp"
#include "muonphase/run/compute.hpp"

/// From the user's data to spectrum, target, noise and exponents, and to a study that goes on with them.
///
///     MeasureResult result = measure_result({.place = {"digits.npz"}}, {.kind = "measure"}, {});
///     double alpha = result.alpha.exponent;
namespace muonphase {

/// What a file holds: rows of samples; eigenvalues, or singular values s with λ = s², one each line; a covariance.
/// automatic: told by the content.
enum class DataKind { automatic, samples, eigenvalues, singular_values, covariance };

struct MeasureOptions {
  SamplePlace place;
  std::string folder = {};  ///< where relative paths start
  DataKind kind = DataKind::automatic;
  Preprocess preprocess = Preprocess::none;
  double ridge = 0;                      ///< added to the eigenvalues in the least squares, ≥ 0
  std::optional<RankRange> ranks = {};   ///< of the fits; default_ranks() without them
};

struct MeasureResult : ResultBase {
  MeasureOptions options;
  DataKind kind = DataKind::samples;
  Eigen::Index columns = 0;             ///< of the inputs, those left out included
  std::vector<double> classes = {};     ///< labels, where the outputs are classes
  MeasuredLayer layer;                  ///< of a spectrum alone: eigenvalues only, no target
  Eigen::ArrayXd target_noise = {};     ///< of target_energy() by the finite sample, tr Σ_ε/(N λ_j) [m]
  PowerLawFit alpha = {};               ///< of the eigenvalues
  PowerLawFit beta = {};                ///< of the target energies less their noise; not usable where there is no target
  DensityFit density = {};              ///< not computed (zero) for fewer than twenty eigenvalues
  double effective_dimension = 0;       ///< (tr Σ)²/tr Σ²
  double stable_rank = 0;               ///< tr Σ/λ_1
  std::vector<std::string> notes = {};  ///< what was left out, what is no power law; a line each

  bool has_target() const { return layer.target.size() > 0; }
  /// σ of the linear layer: √(tr Σ_ε/n).
  double label_noise() const;
  /// The share of E|y|² that no linear map explains.
  double residual_share() const;
  /// A few lines: what was read, the exponents with their errors, effective dimensions, the residual.
  std::string brief() const;
};

/// The errors of open_samples(), sample_moments() and read_table(). Time N d²/2 multiply-adds and O(d³); the file is
/// read in blocks.
MeasureResult measure_result(const MeasureOptions& options, const Provenance& provenance, const Observer& observer);
/// The same of data that are in memory or anywhere else.
MeasureResult measure_result(const SampleFiles& files, const MeasureOptions& options, const Provenance& provenance,
                             const Observer& observer);

/// A study (TOML) of the measured problem, a linear layer where there are outputs: `result` is the file that will hold
/// the result. Rates are left to the greedy schedule.
std::string measured_study(const MeasureResult& measured, const std::string& result);

}  // namespace muonphase
