#pragma once
#include <Eigen/Core>
#include <functional>

namespace muonphase {

/// Rates of the mode energies at their present values, per entry of W: dv/dt = −2 η rate v + η² diffusion. Arrays are
/// [output nodes, input nodes] of the Problem.
struct ModeRates {
  Eigen::ArrayXXd rate;       ///< E[Φ(G)_kj Δ_kj] / v_kj
  Eigen::ArrayXXd diffusion;  ///< E[Φ(G)_kj²], summed over the lags it is correlated at
};

/// Rates as a function of the energies v_kj; may keep what it solved for the energies before (warm starts).
using RateFunction = std::function<ModeRates(const Eigen::ArrayXXd& energy)>;

/// Rates with couplings between input modes, Σ_out isotropic: M ← M − η (L M + M Lᵀ) + η² D for M = E[ΔᵀΔ] [d, d].
struct MomentRates {
  Eigen::MatrixXd drift;      ///< L
  Eigen::MatrixXd diffusion;  ///< D, symmetric
};

using MomentRateFunction = std::function<MomentRates(const Eigen::MatrixXd& moment)>;

/// The second moment of Δ = A + N, Σ_out isotropic, when its start is given: A is the mean over batches, the rows of N
/// are Gaussian and independent.
struct MeanMoments {
  Eigen::MatrixXd mean;        ///< AᵀA [d, d]
  Eigen::MatrixXd covariance;  ///< E[NᵀN] [d, d]
};

/// Rates of MeanMoments: A ← A − η A Lᵀ and E[NᵀΦ] = E[NᵀN] L_Nᵀ, so that
///
///     AᵀA ← (1 − ηL) AᵀA (1 − ηL)ᵀ,     NᵀN ← NᵀN − η (L_N NᵀN + NᵀN L_Nᵀ) + η² (D − L AᵀA Lᵀ).
struct MeanRates {
  Eigen::MatrixXd mean;        ///< L
  Eigen::MatrixXd covariance;  ///< L_N
  Eigen::MatrixXd diffusion;   ///< D = E[ΦᵀΦ]
};

using MeanRateFunction = std::function<MeanRates(const MeanMoments& moment)>;

/// Mean and fluctuation of Δ for any two spectra: entries of N are independent, of the given variances.
struct EntryMoments {
  Eigen::MatrixXd mean;      ///< A [n, d]
  Eigen::ArrayXXd variance;  ///< E[N_kj²]
};

/// Rates of EntryMoments: A ← A − η step and E[N_kj Φ_kj] = rate_kj E[N_kj²].
struct EntryRates {
  Eigen::MatrixXd step;       ///< E[Φ | A]
  Eigen::ArrayXXd rate;       ///< of N's fall
  Eigen::ArrayXXd diffusion;  ///< E[Φ_kj²]
};

using EntryRateFunction = std::function<EntryRates(const EntryMoments& moment)>;

/// How accurately the full closures are evaluated (docs/theory-full-closure.md §4).
struct FullClosureOptions {
  int points = 2048;        ///< quasi-Monte Carlo points over the input modes, a power of two
  int leading_modes = 64;   ///< modes sampled one by one; beyond, ever larger groups share one variable
  double s_step = 0.8;      ///< step of the trapezoid rule in ln s
  double tolerance = 1e-5;  ///< of the self-consistent solution, on the logarithms of its unknowns

  /// Four (SignSGD) to twenty (SignSVD) times faster. Risks within 1 % of the accurate setting's; SignSGD's 3 % where a
  /// steep spectrum's has fallen a hundredfold.
  static FullClosureOptions fast() { return {256, 32, 1.2, 1e-4}; }
};

}  // namespace muonphase
