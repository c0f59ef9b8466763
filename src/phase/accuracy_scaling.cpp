#include "muonphase/phase/accuracy_scaling.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "muonphase/core/error.hpp"
#include "phase/part.hpp"

namespace muonphase {
namespace {

constexpr double missing = std::numeric_limits<double>::quiet_NaN();
constexpr Eigen::Index accuracies = 96;

double cut_exponent(const PhasePoint& point) {
  return point.alpha + point.beta - 1;
}

// The last p before `end` at which the lead changes from the second to the first, which then keeps it.
double last_crossing(const Eigen::ArrayXd& p, const Eigen::ArrayXd& ratio, double end) {
  Eigen::Index last = p.size() - 1;
  while (last > 0 && p(last) > end) --last;
  if (!(ratio(last) < 0)) return missing;
  Eigen::Index i = last;
  while (i > 0 && ratio(i - 1) < 0) --i;
  if (i == 0) return missing;  // ahead from the beginning
  return std::lerp(p(i - 1), p(i), ratio(i - 1) / (ratio(i - 1) - ratio(i)));
}

}  // namespace

std::vector<AccuracyScalingCell> compute_accuracy_scaling(const PhaseOptions& options,
                                                          const std::vector<PhasePoint>& points,
                                                          const Eigen::ArrayXd& dimension, const Monitor& monitor,
                                                          const CellWork& work) {
  const auto require = [](bool holds, const char* what) {
    if (!holds) throw StudyError(what);
  };
  require(options.criterion == Criterion::accuracy, "phase.scaling: of times needs phase.criterion = \"accuracy\"");
  require(dimension.size() >= 3, "phase.scaling.dimension: must be at least three dimensions");
  require(options.third_axis == ThirdAxis::none, "phase.scaling: takes no third axis");
  require(options.label_noise == 0 && options.alpha_out == 0 && options.closure == Closure::linear,
          "phase.scaling: of times needs the linear closure, an isotropic output and no label noise");

  std::vector<PhasePoint> finite;  // of a finite risk as d → ∞
  std::vector<std::size_t> cell_of;
  double furthest = 0;
  for (std::size_t i = 0; i < points.size(); ++i)
    if (cut_exponent(points[i]) > 1e-9) {
      finite.push_back(points[i]);
      cell_of.push_back(i);
      furthest = std::max(furthest, cut_exponent(points[i]));
    }
  const Eigen::Index dimensions = dimension.size();
  std::vector<AccuracyScalingCell> cells(points.size());
  for (auto& cell : cells)
    cell = {{{{missing, missing}, {missing, missing}}}, {missing, missing}, Eigen::ArrayXd::Constant(dimensions, missing)};
  if (finite.empty()) return cells;

  // ln t at a third and at two thirds of the range, [cell][optimizer](place, dimension)
  std::vector<std::array<Eigen::Array2Xd, 2>> log_time(finite.size(), {Eigen::Array2Xd(2, dimensions),
                                                                       Eigen::Array2Xd(2, dimensions)});
  for (Eigen::Index d = 0; d < dimensions; ++d) {
    PhaseOptions here = options;
    here.dimension = dimension(d);
    const double log_d = std::log(dimension(d)), log_factor = std::log(options.factor);
    // From a risk well below every start, which is at least ½ for λ_1 = 1.
    const double first = (log_factor + std::log(4.0)) / log_d;
    const Eigen::ArrayXd p = Eigen::ArrayXd::LinSpaced(accuracies, first, std::max(furthest, 1.1 * first));
    here.accuracies = (-p * log_d).exp().reverse();
    const Monitor part = part_of(monitor, static_cast<std::size_t>(d), static_cast<std::size_t>(dimensions));
    const std::vector<PhaseCell> computed = compute_phase_cells(here, finite, part, work);
    for (std::size_t c = 0; c < finite.size(); ++c) {
      const double cut = cut_exponent(finite[c]);
      const Eigen::ArrayXd ratio = computed[c].log_ratio().reverse();
      cells[cell_of[c]].crossing_accuracy(d) = std::exp(-log_d * last_crossing(p, ratio, cut));
      for (std::size_t k = 0; k < 2; ++k) {
        const Eigen::ArrayXd log_times = computed[c].tuned[k].time.log().reverse();
        for (Eigen::Index place = 0; place < 2; ++place)
          log_time[c][k](place, d) = value_at(p, log_times, cut * static_cast<double>(place + 1) / 3);
      }
    }
  }
  for (std::size_t c = 0; c < finite.size(); ++c) {
    AccuracyScalingCell& cell = cells[cell_of[c]];
    const double between = cut_exponent(finite[c]) / 3;
    for (std::size_t k = 0; k < 2; ++k) {
      const FittedExponent fit =
          fit_exponent(dimension, (log_time[c][k].row(1) - log_time[c][k].row(0)).transpose());
      cell.time[k] = {fit.value / between, fit.error / between};
    }
    Eigen::Index crosses = 0;  // at the largest dimensions
    while (crosses < dimensions && std::isfinite(cell.crossing_accuracy(dimensions - 1 - crosses))) ++crosses;
    if (crosses < 3) continue;
    const FittedExponent fit = fit_exponent(dimension.tail(crosses), cell.crossing_accuracy.tail(crosses).log());
    cell.crossing = {-fit.value, fit.error};
  }
  return cells;
}

}  // namespace muonphase
