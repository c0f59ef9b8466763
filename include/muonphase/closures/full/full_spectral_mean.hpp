#pragma once
#include <Eigen/Core>
#include <memory>

#include "muonphase/closures/full/full_spectral.hpp"
#include "muonphase/closures/full/mode_rates.hpp"

namespace muonphase {

/// Muon's rates from a given Δ_0, Σ_out isotropic: FullSpectral's, for what the mean of Δ is as a matrix. A long average
/// is mostly signal, and what spectral descent leaves of Δ is no Gaussian matrix, as in FullSignSvdMean. Matrices are
/// those of the polar factor of a given matrix in Gaussian noise over the same for independent columns, times
/// FullSpectral's rates by mode, which have the map's polynomial and what single samples do
/// (docs/theory-full-closure.md §11).
///
/// Exact modes. A call costs FullSpectral's and O(d³) for each of some 40 iterations; errors as there.
class FullSpectralMean {
 public:
  FullSpectralMean(const Problem& problem, const SpectralRule& rule, const FullClosureOptions& options = {});
  ~FullSpectralMean();
  FullSpectralMean(const FullSpectralMean& other);

  struct Rates {
    MeanRates now;          ///< its diffusion that of one time, E[ΦᵀΦ]
    Eigen::ArrayXd lagged;  ///< Σ_ℓ 2 V(ℓ)/V(0) of noise, by mode
  };
  /// At the second moments of Δ, and at what the average has of them.
  Rates operator()(const MeanMoments& moment, const MeanMoments& seen);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace muonphase
