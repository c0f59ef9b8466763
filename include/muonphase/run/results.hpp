#pragma once
#include <Eigen/Core>
#include <array>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "muonphase/closures/full/validity.hpp"
#include "muonphase/closures/linear/resolution.hpp"
#include "muonphase/closures/linear/spectral_density.hpp"
#include "muonphase/imbalance/advantage.hpp"
#include "muonphase/imbalance/experiment.hpp"
#include "muonphase/imbalance/network_experiment.hpp"
#include "muonphase/imbalance/organisms.hpp"
#include "muonphase/optimizers/ode.hpp"
#include "muonphase/phase/accuracy_scaling.hpp"
#include "muonphase/phase/compute_optimal.hpp"
#include "muonphase/phase/map_validity.hpp"
#include "muonphase/phase/refine.hpp"
#include "muonphase/phase/scaling.hpp"
#include "muonphase/phase/tune.hpp"
#include "muonphase/phase/verify.hpp"
#include "muonphase/phase/yardstick.hpp"
#include "muonphase/simulation/measured_coefficients.hpp"
#include "muonphase/simulation/simulation.hpp"
#include "muonphase/study/study.hpp"
#include "muonphase/validation/validation.hpp"

/// What the computations on a study give: plain values with their provenance. results/tree.hpp turns them into the
/// trees that files and Python hold.
namespace muonphase {

/// How a result came about.
struct Provenance {
  std::string kind;  ///< "phase" | "ode" | "simulate" | "validate" | "coefficients" | "imbalance"
  std::string command_line = {};
  int ranks = 1;
  int threads = 1;
};

/// What every result has.
struct ResultBase {
  Study study;
  Provenance provenance;
  double seconds = 0;  ///< of the computation, by the wall clock
};

/// Deterministic risk curves.
struct OdeResult : ResultBase {
  struct Curve {
    std::string optimizer;
    RiskCurve curve = {};                         ///< empty where a sweep was computed
    std::optional<LearningRateSweep> sweep = {};  ///< over constant rates
    std::optional<ValidityTrack> validity = {};   ///< along the curve, Σ_out isotropic
    Validity start = {};                          ///< at its start
    double seconds = 0;
    Eigen::ArrayXXd risk_targets = {};  ///< [targets, T], one curve for each target drawn; empty without them
  };
  Eigen::ArrayXd modes;  ///< numbers of the input modes
  std::vector<Curve> curves = {};

  /// A line for each optimizer: closure, evaluations of its rates, rejected stretches, seconds.
  std::string brief() const;
};

/// Monte Carlo risk curves.
struct SimulationResult : ResultBase {
  struct Curve {
    std::string optimizer;
    SimulatedCurve curve;
  };
  Eigen::ArrayXd modes = {};
  std::vector<Curve> curves = {};

  /// A line for each optimizer: trials, steps, divergences; and the seconds of all.
  std::string brief() const;
};

/// Theory against Monte Carlo.
struct ValidationResult : ResultBase {
  struct Pair {
    std::string optimizer;
    RiskCurve theory;  ///< mean over trials
    SimulatedCurve simulated;
    Comparison comparison;
    double theory_seconds = 0;
  };
  std::vector<Pair> pairs = {};
  double training_seconds = 0;
  bool agree = true;  ///< within validate.tolerance

  /// A line for each optimizer: deviations, seconds of theory; and the seconds of training.
  std::string brief() const;
};

/// Drift and diffusion of every mode, means over random bases.
struct CoefficientsResult : ResultBase {
  /// What h does to the singular values of the windowed gradient M.
  struct Reach {
    double singular_value = std::numeric_limits<double>::quiet_NaN();  ///< the least, in ‖M‖_F, raised above 0.7
    double share = std::numeric_limits<double>::quiet_NaN();           ///< of the min(n_out, n_in) modes above that
  };
  struct Set {
    std::string optimizer;
    Coefficients coefficients;
    int bases = 1;
    double noise_coefficient = 0;  ///< 𝒮, see ModeEquation
    Resolution resolution = {};    ///< NaN where the gradient resolves all modes, and for maps that are not spectral
    std::optional<MeasuredCoefficients> measured = {};
    Reach reach = {};              ///< NaN for maps that have no options
  };
  Problem problem;
  std::vector<Set> sets = {};
  std::optional<SpectralDensity> density = {};
  Eigen::ArrayXXd spectra = {};  ///< eigenvalues of GGᵀ/2R [n_out, batches], where they were measured

  /// A line for each optimizer: range of the drift, 𝒮, Λ and i_#, what h reaches, bases averaged over.
  std::string brief() const;
};

/// An (α, β) phase diagram, and what a study wants beside the map.
struct PhaseResult : ResultBase {
  struct Scaling {
    ScalingOptions options;
    std::vector<ScalingCell> cells;
  };
  PhaseMap map;
  std::vector<CellValidity> validity = {};  ///< of its cells
  std::optional<Yardstick> yardstick = {};
  std::optional<RefinedPhases> refined = {};
  std::optional<Scaling> scaling = {};
  struct AccuracyScaling {
    Eigen::ArrayXd dimension;
    std::vector<AccuracyScalingCell> cells;
  };
  std::optional<AccuracyScaling> accuracy_scaling = {};
  std::optional<ComputeOptimal> compute_optimal = {};
  std::vector<VerifiedCell> verified = {};
  bool agree = true;  ///< training confirms every verdict and rate that it tested

  /// Cells of each phase, and the seconds of all.
  std::string brief() const;
};

/// The best optimizer, batch and rate for a budget.
struct TuneResult : ResultBase {
  TuneOptions options;
  std::vector<TunedOptimizer> tuned = {};
  /// By optimizer: what its rate is called elsewhere, and lr/η.
  std::vector<std::vector<std::pair<std::string, double>>> conventions = {};

  /// The number of the optimizer and of the batch with the least risk at the last horizon.
  std::pair<std::size_t, Eigen::Index> best() const;
  /// A table of the last horizon, the advice, who leads from when.
  std::string brief() const;
};

/// Of a mixture under the squared loss: theory, population runs, sample runs when the study has samples, and the
/// claims; under the cross-entropy: sample runs. Of organisms: their table and curves.
struct ImbalanceResult : ResultBase {
  std::optional<Experiment> experiment = {};  ///< of a mixture
  std::optional<Advantage> advantage = {};    ///< of the squared loss at depth 1
  std::vector<OptimizerRecord> theory = {}, population = {}, sample = {};
  std::optional<Organisms> organisms = {};
  std::vector<std::pair<std::string, OrganismsCurve>> organism_curves = {};  ///< by optimizer
  std::optional<NetworkExperiment> networks = {};                            ///< where networks are trained
  std::optional<SplitData> network_data = {};                                ///< of the first seed
  std::vector<NetworkRuns> network_runs = {};

  /// What was run, and the seconds of all.
  std::string brief() const;
};

}  // namespace muonphase
