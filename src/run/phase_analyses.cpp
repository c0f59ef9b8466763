// What a phase diagram computes besides its map.
#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <limits>

#include "muonphase/optimizers/registry.hpp"
#include "muonphase/phase/prediction.hpp"
#include "run/parts.hpp"

namespace muonphase {
namespace {

double quantile(std::vector<double> values, double part) {
  std::sort(values.begin(), values.end());
  return values[static_cast<std::size_t>(std::lround(part * static_cast<double>(values.size() - 1)))];
}

void add_yardstick(const PhaseOptions& options, const CellWork& work, const Observer& observer, PhaseResult& result) {
  const PhaseMap& map = result.map;
  const Yardstick& yardstick =
      result.yardstick.emplace(compute_yardstick(options, observer.stage("policies", "cells"), work));
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

void add_refined(const Study& study, const PhaseOptions& options, const CellWork& work, const Observer& observer,
                 PhaseResult& result) {
  const RefinedPhases& refined = result.refined.emplace(refine_boundaries(
      result.map, options, study.phase.threshold, study.phase.refine, observer.stage("refine", "cells"), work));
  const auto computed = (refined.computed == 1).count();
  say(observer, "boundaries resolved to {:.2g} in α and {:.2g} in β with {} cells of {}",
      refined.alpha(1) - refined.alpha(0), refined.beta(1) - refined.beta(0), computed, refined.computed.size());
}

void add_scaling(const Study& study, const PhaseOptions& options, const CellWork& work, const Observer& observer,
                 PhaseResult& result) {
  const PhaseMap& map = result.map;
  const ScalingOptions scaling = make_scaling_options(study);
  const std::vector<PhasePoint> points = phase_points(options);
  result.scaling = {scaling, compute_scaling(options, points, scaling, observer.stage("scaling", "cells"), work)};
  const auto& cells = result.scaling->cells;
  std::size_t decided = 0, same = 0;
  for (std::size_t c = 0; c < cells.size(); ++c) {
    if (!cells[c].decided()) continue;
    ++decided;
    same += cells[c].phase == predict(points[c].alpha, points[c].beta).phase;
  }
  const bool predicted = is_predicted(map.compare);
  say(observer, "as d → ∞ the class of {} of {} cells is decided{}", decided, cells.size(),
      predicted ? fmt::format(", for {} as predicted", same) : "");
}

void add_accuracy_scaling(const Study& study, const PhaseOptions& options, const CellWork& work,
                          const Observer& observer, PhaseResult& result) {
  const std::vector<PhasePoint> points = phase_points(options);
  const Eigen::ArrayXd dimension = make_scaling_options(study).dimension;
  result.accuracy_scaling = {
      dimension, compute_accuracy_scaling(options, points, dimension, observer.stage("scaling", "cells"), work)};
  if (!is_predicted(result.map.compare)) return;
  // Near the lines of the theorem one power changes over into another.
  constexpr double away = 0.3, close = 0.02, close_crossing = 0.03;
  int compared = 0, agree[2] = {0, 0}, crosses = 0, crosses_agree = 0;
  for (std::size_t c = 0; c < points.size(); ++c) {
    const auto [alpha, beta, third] = points[c];
    const AccuracyScalingCell& cell = result.accuracy_scaling->cells[c];
    const AccuracyPrediction predicted = predict_accuracy(alpha, beta);
    const auto nearest = [&](std::initializer_list<double> distances) {
      double least = std::numeric_limits<double>::infinity();
      for (const double distance : distances) least = std::min(least, std::abs(distance));
      return least + 1e-9;
    };
    if (alpha < 1 || nearest({beta - 1, beta - alpha - 1, alpha - 1, alpha + beta - 1}) < away) continue;
    ++compared;
    for (std::size_t k = 0; k < 2; ++k) agree[k] += std::abs(cell.time[k].value - predicted.time[k]) <= close;
    if (std::isnan(predicted.crossing) || nearest({alpha - 2, beta - 2 * alpha + 1}) < away) continue;
    ++crosses;
    crosses_agree += std::abs(cell.crossing.value - predicted.crossing) <= close_crossing;
  }
  say(observer,
      "as d → ∞, {:g} from the lines α = 1, β = 1, β = α + 1: exponents of the time within {:g} of the theorem in {} "
      "({}) and {} ({}) of {} cells, p* within {:g} in {} of {}",
      away, close, agree[0], optimizer_label(result.map.compare[0]), agree[1], optimizer_label(result.map.compare[1]),
      compared, close_crossing, crosses_agree, crosses);
}

void add_compute_optimal(const Study& study, const PhaseOptions& options, const CellWork& work,
                         const Observer& observer, PhaseResult& result) {
  const PhaseMap& map = result.map;
  result.compute_optimal =
      compute_optimal(options, compute_dimensions(study), observer.stage("compute-optimal", "cells"), work);
  std::array<int, 4> count{};
  for (const auto& cell : result.compute_optimal->cells) ++count[steeper(cell)];
  say(observer, "risk falls faster with compute for {} in {} cells, for {} in {}, alike in {}, undefined in {}",
      optimizer_label(map.compare[0]), count[2], optimizer_label(map.compare[1]), count[1], count[0], count[3]);
}

}  // namespace

void add_analyses(const Study& study, const PhaseOptions& options, const CellWork& work, const Observer& observer,
                  PhaseResult& result) {
  if (study.phase.refine > 0) add_refined(study, options, work, observer, result);
  if (study.phase.scaling.enabled && options.criterion == Criterion::accuracy)
    add_accuracy_scaling(study, options, work, observer, result);
  else if (study.phase.scaling.enabled)
    add_scaling(study, options, work, observer, result);
  if (study.phase.yardstick) add_yardstick(options, work, observer, result);
  if (study.phase.compute.enabled) add_compute_optimal(study, options, work, observer, result);
}

}  // namespace muonphase
