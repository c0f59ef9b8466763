// What a phase diagram computes besides its map.
#include <algorithm>
#include <cmath>

#include "muonphase/optimizers/label.hpp"
#include "muonphase/phase/prediction.hpp"
#include "muonphase/results/phase_studies.hpp"
#include "run/compute_parts.hpp"

namespace muonphase {
namespace {

double quantile(std::vector<double> values, double part) {
  std::sort(values.begin(), values.end());
  return values[static_cast<std::size_t>(std::lround(part * static_cast<double>(values.size() - 1)))];
}

void add_yardstick(const PhaseOptions& options, const PhaseMap& map, const CellWork& work, const Observer& observer,
                   Hdf5Writer& file) {
  const Yardstick yardstick = compute_yardstick(options, observer.stage("policies", "cells"), work);
  write_yardstick(file, map, yardstick);
  say(observer, "{:<22}{:>10}{:>10}{:>10}", "R/R_optimal", "median", "90 %", "worst");
  for (std::size_t k = 0; k < 2; ++k)
    for (std::size_t p = 0; p < yardstick.policy.size(); ++p) {
      const Eigen::ArrayXXd& excess = yardstick.excess[k][p];
      const std::vector<double> values(excess.data(), excess.data() + excess.size());
      say(observer, "{:<10}{:<12}{:>10.4g}{:>10.3g}{:>10.3g}", optimizer_label(map.compare[k]),
          name_of(yardstick.policy[p]), std::exp(quantile(values, 0.5)), std::exp(quantile(values, 0.9)),
          std::exp(quantile(values, 1)));
    }
}

void add_refined(const Study& study, const PhaseOptions& options, const PhaseMap& map, const CellWork& work,
                 const Observer& observer, Hdf5Writer& file) {
  const RefinedPhases refined = refine_boundaries(map, options, study.phase.threshold, study.phase.refine,
                                                  observer.stage("refine", "cells"), work);
  write_refined(file, refined);
  const auto computed = (refined.computed == 1).count();
  say(observer, "boundaries resolved to {:.2g} in α and {:.2g} in β with {} cells of {}",
      refined.alpha(1) - refined.alpha(0), refined.beta(1) - refined.beta(0), computed, refined.computed.size());
}

void add_scaling(const Study& study, const PhaseOptions& options, const PhaseMap& map, const CellWork& work,
                 const Observer& observer, Hdf5Writer& file) {
  const ScalingOptions scaling = make_scaling_options(study);
  const std::vector<PhasePoint> points = phase_points(options);
  const std::vector<ScalingCell> cells =
      compute_scaling(options, points, scaling, observer.stage("scaling", "cells"), work);
  write_scaling(file, map, scaling, cells);
  std::size_t decided = 0, same = 0;
  for (std::size_t c = 0; c < cells.size(); ++c) {
    if (!cells[c].decided()) continue;
    ++decided;
    same += cells[c].phase == predict(points[c].alpha, points[c].beta).phase;
  }
  const bool predicted = map.compare == std::array<std::string, 2>{"signsvd", "signsgd"};
  say(observer, "as d → ∞ the class of {} of {} cells is decided{}", decided, cells.size(),
      predicted ? fmt::format(", for {} as predicted", same) : "");
}

void add_compute_optimal(const Study& study, const PhaseOptions& options, const PhaseMap& map, const CellWork& work,
                         const Observer& observer, Hdf5Writer& file) {
  const ComputeOptimal result =
      compute_optimal(options, compute_dimensions(study), observer.stage("compute-optimal", "cells"), work);
  write_compute_optimal(file, map, result);
  std::array<int, 4> count{};
  for (const auto& cell : result.cells) ++count[steeper(cell)];
  say(observer, "risk falls faster with compute for {} in {} cells, for {} in {}, alike in {}, undefined in {}",
      optimizer_label(map.compare[0]), count[2], optimizer_label(map.compare[1]), count[1], count[0], count[3]);
}

}  // namespace

void add_phase_studies(const Study& study, const PhaseOptions& options, const PhaseMap& map, const CellWork& work,
                       const Observer& observer, Hdf5Writer& file) {
  if (study.phase.refine > 0) add_refined(study, options, map, work, observer, file);
  if (study.phase.scaling.enabled) add_scaling(study, options, map, work, observer, file);
  if (study.phase.yardstick) add_yardstick(options, map, work, observer, file);
  if (study.phase.compute.enabled) add_compute_optimal(study, options, map, work, observer, file);
}

}  // namespace muonphase
