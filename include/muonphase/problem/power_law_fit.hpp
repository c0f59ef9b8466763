#pragma once
#include <Eigen/Core>

namespace muonphase {

/// Ranks j = first … last (from 1) of a spectrum.
struct RankRange {
  Eigen::Index first = 1, last = 1;
};

/// value_j ≈ constant · j^(−exponent) over a range of ranks.
struct PowerLawFit {
  RankRange ranks;
  double exponent = 0;
  double standard_error = 0;  ///< from the scatter of the bins about the line; larger where the line is no good
  double curvature = 0;       ///< how much the local exponent changes over the range
  double deviation = 0;       ///< root mean square of ln(value / fit) over the bins
  bool usable = false;        ///< enough positive bins for a slope and its error

  /// Whether one exponent describes the range: the local exponent changes by less than a quarter of it, or by no more
  /// than 0.1, and the bins are within 20 % of the line.
  bool is_power_law() const;
};

/// What stands for the values of a bin. geometric: positive ones, a spectrum's. arithmetic: values that scatter about the
/// law and may be negative, energies with their noise taken off; a bin whose mean is not positive is left out.
enum class BinMean { geometric, arithmetic };

/// A line through the logarithms of the means over at most twelve bins of equal width in ln j. Neighbouring values of a
/// spectrum move together, so that bins, not values, count as observations. O(range).
PowerLawFit fit_power_law(const Eigen::ArrayXd& value, RankRange ranks, BinMean mean = BinMean::geometric);

/// Ranks where a sample spectrum [d] of `samples` rows shows the population's: without the first two, which need not
/// follow any law, to a half of the modes, a tenth of the samples, and 1e-8 of the largest eigenvalue. `samples` = 0: not
/// known.
RankRange default_ranks(const Eigen::ArrayXd& eigenvalue, Eigen::Index samples);

/// The tail of the density of eigenvalues, p(λ) ∝ λ^(−a) for λ ≥ least, by maximum likelihood, `least` where the
/// Kolmogorov–Smirnov distance is smallest (Clauset, Shalizi, Newman, SIAM Review 51, 2009): weightwatcher's alpha. A
/// spectrum λ_j ∝ j^(−α) has a = 1 + 1/α.
struct DensityFit {
  double exponent = 0;  ///< a
  double standard_error = 0;
  double least = 0;       ///< λ_min of the tail
  Eigen::Index tail = 0;  ///< eigenvalues in it
  double rank_exponent() const { return 1 / (exponent - 1); }
};
DensityFit fit_density(const Eigen::ArrayXd& eigenvalue);

}  // namespace muonphase
