#pragma once
#include <Eigen/Core>
#include <array>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "muonphase/core/crew.hpp"
#include "muonphase/core/monitor.hpp"
#include "muonphase/optimizers/ode.hpp"
#include "muonphase/optimizers/registry.hpp"
#include "muonphase/phase/classify.hpp"
#include "muonphase/phase/constant_rate.hpp"
#include "muonphase/problem/problem.hpp"

namespace muonphase {

/// How the learning rate is chosen. constant: the best constant rate for each horizon. greedy: η_t minimises dR/dt at
/// each instant. power: η_0 (1 + t/t0)^(−γ), the best η_0 and γ for each horizon. wsd: warm-up of a given length, then
/// stable, then decay to zero, the best η_0 and length of the decay for each horizon. optimal: the best of all
/// schedules for each horizon. floor: the constant rate whose floor is the accuracy. Criterion::accuracy takes constant
/// and floor, Criterion::horizon all but floor.
enum class Policy { constant, greedy, power, wsd, optimal, floor };

/// What a cell compares: the risks after equal steps, over horizons, or the steps to equal risks, over accuracies.
enum class Criterion { horizon, accuracy };

/// What a third axis of the sweep varies: the member of PhaseOptions of that name.
enum class ThirdAxis { none, batch_ratio, output_ratio, dimension, label_noise, alpha_out };

/// Largest side of W in a map of the full closure where SignSGD sees an explicit basis or both sides have a spectrum: a
/// cell takes a hundred curves of matrices. In the generic basis modes are binned, and there is no limit.
inline constexpr double largest_full_map = 1024;

/// PhaseOptions::alpha_out that is the α of the cell.
inline constexpr double tied_to_alpha = -1;

/// The (α, β) sweep: power-law data of exponent α, target of exponent β.
struct PhaseOptions {
  std::array<Optimizer, 2> compare = {make_optimizer("signsvd"), make_optimizer("signsgd")};
  Eigen::ArrayXd alpha = Eigen::ArrayXd::LinSpaced(27, 0, 2.6);
  Eigen::ArrayXd beta = Eigen::ArrayXd::LinSpaced(31, 0, 3);
  ThirdAxis third_axis = ThirdAxis::none;
  Eigen::ArrayXd third;                 ///< values of that member, whose own value then does not matter; empty for none
  Criterion criterion = Criterion::horizon;
  Eigen::ArrayXd horizon;               ///< T, increasing, > 0; in steps, or n_out/B steps when the batch is infinite
  Eigen::ArrayXd accuracies = {};       ///< ε, increasing, > 0: of Criterion::accuracy, which compares times to factor · ε
  double factor = 4;                    ///< > 1
  double dimension = 1e6;               ///< n_in, whole
  double output_ratio = 1;              ///< n_out/n_in; n_out is rounded
  double batch_ratio = infinite_batch;  ///< B/n_in, or infinite_batch; B is rounded, at least 1
  double alpha_out = 0;                 ///< exponent of Σ_out, 0 = isotropic, or tied_to_alpha
  double label_noise = 0;
  Model model = Model::bilinear;  ///< the linear layer has alpha_out = 0
  Policy policy = Policy::constant;
  double t0 = 1;                       ///< of power, > 0
  double warmup = 0.01;                ///< of wsd, a fraction of the run in [0, 1)
  Closure closure = Closure::linear;   ///< full: finite batches, whole horizons; see largest_full_map
  Accuracy accuracy = Accuracy::fast;  ///< of the full closure
  Basis basis = Basis::generic;        ///< what SignSGD sees; explicit bases (haar, hadamard, eigen) up to 4096 modes
  std::uint64_t seed = 1;              ///< of an explicit basis
  int threads = 0;                     ///< 0: all
};

/// Where a cell stands. `third` does not matter without a third axis.
struct PhasePoint {
  double alpha = 0, beta = 0, third = 0;

  bool operator==(const PhasePoint&) const = default;
};

struct PhaseCell {
  double initial_risk = 0;
  double cut = 0;                   ///< see finite_size_cut(); 0 where horizons are compared
  std::array<TunedCurve, 2> tuned;  ///< of the two optimizers compared
  double noise_risk = 0;            ///< σ²/2, the label noise's part of every risk

  /// ln of what the first has over what the second has, risk beyond the label noise's [horizons] or time [accuracies]:
  /// the lower is ahead.
  Eigen::ArrayXd log_ratio() const;
};

/// d^(−(α+β−1)), the risk at which power laws of d modes end: below it risks fall exponentially, and times say nothing
/// of larger d. 0 where Σ_out is not isotropic, whose modes end elsewhere.
double finite_size_cut(const PhaseOptions& options, const PhasePoint& point);

/// Which optimizer a cell favours, and the horizon or the accuracy at which a trade-off changes sides (NaN elsewhere).
struct Verdict {
  Phase phase = Phase::indistinguishable;
  double crossing = 0;
};
/// `axis`: the horizons, or the accuracies, of which those below the cell's cut do not count.
Verdict verdict_of(const PhaseCell& cell, const Eigen::ArrayXd& axis, double threshold);

/// Cells in row-major order, the third axis slowest, then α: the cell of third(k), alpha(i), beta(j) is cell(i, j, k).
struct PhaseMap {
  std::array<std::string, 2> compare;
  Eigen::ArrayXd alpha, beta;
  Criterion criterion = Criterion::horizon;
  Eigen::ArrayXd axis;  ///< horizons T, or accuracies ε
  ThirdAxis third_axis = ThirdAxis::none;
  Eigen::ArrayXd third;  ///< empty without a third axis
  std::vector<PhaseCell> cells;

  const PhaseCell& cell(Eigen::Index i, Eigen::Index j, Eigen::Index k = 0) const {
    return cells[static_cast<std::size_t>((k * alpha.size() + i) * beta.size() + j)];
  }
};

/// "constant", …
const std::string& name_of(Policy policy);

/// "horizon", "accuracy": also the name of the axis.
const std::string& name_of(Criterion criterion);

/// "batch_ratio", …; "none".
const std::string& name_of(ThirdAxis axis);

/// The options with the member of their third axis set to `value`, and no third axis.
PhaseOptions at_third(PhaseOptions options, double value);

/// The problem of one cell.
Problem phase_problem(const PhaseOptions& options, const PhasePoint& point);

/// The numbers of a cell as a message, and back.
Message pack(const PhaseCell& cell);
PhaseCell unpack(const Message& message);

/// What asks for one cell: the point, and what the studies beside the map vary in its options (policy, dimension, third
/// axis, horizons). Equal requests have equal cells in one run.
Message cell_request(const PhaseOptions& options, const PhasePoint& point);

/// One cell of the sweep as the task of a Crew: from cell_request() to pack() of the cell. Keeps the coefficients of
/// all it has met. The monitor may interrupt it.
TaskFunction phase_task(const PhaseOptions& options, const Monitor& monitor = {});

/// Finished cells by their cell_request(), kept as they come. Both functions may be empty; they are called by one
/// thread at a time.
struct CellStore {
  std::function<std::optional<PhaseCell>(const Message& request)> find;
  std::function<void(const Message& request, const PhaseCell&)> keep;
};

/// Who computes cells besides, and instead of, this process's threads.
struct CellWork {
  Crew* crew = nullptr;  ///< its other ranks assist with phase_task() of equal options; null: threads of this process
  CellStore store = {};
};

/// The cells of any points, in their order; the numbers do not depend on the number of threads or ranks, nor on which
/// points are computed together. Coefficients are computed once for all points that differ in β alone. Throws
/// Interrupted when the monitor asks, StudyError for options out of range. The axes of `options` are not read.
std::vector<PhaseCell> compute_phase_cells(const PhaseOptions& options, const std::vector<PhasePoint>& points,
                                           const Monitor& monitor = {}, const CellWork& work = {});

/// StudyError where cells compare times to accuracy: `what` needs risks at horizons.
void require_horizons(const PhaseOptions& options, const std::string& what);

/// The points of the map of `options`, in the order of its cells. StudyError for options out of range.
std::vector<PhasePoint> phase_points(const PhaseOptions& options);

/// Computes every cell of the map.
PhaseMap compute_phase_map(const PhaseOptions& options, const Monitor& monitor = {}, const CellWork& work = {});

}  // namespace muonphase
