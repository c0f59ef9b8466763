#include "muonphase/phase/compute_optimal.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "muonphase/core/error.hpp"
#include "phase/part.hpp"

namespace muonphase {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

// Σ_{j>d} j^(−p), p > 1: Euler and Maclaurin's formula.
double tail(double dimension, double p) {
  const double n = dimension + 1;
  return std::pow(n, 1 - p) / (p - 1) + std::pow(n, -p) / 2 + p * std::pow(n, -p - 1) / 12;
}

// What a step (or n_out/B of them) costs.
double step_cost(const PhaseOptions& options, double dimension) {
  const double n_out = std::max(1.0, std::round(options.output_ratio * dimension));
  const double samples = std::isinf(options.batch_ratio) ? n_out  // n_out/B steps of B samples
                                                         : std::max(1.0, std::round(options.batch_ratio * dimension));
  return samples * n_out * dimension;
}

// ln of the risk of each size against ln C, on the grid of horizons.
struct Size {
  double log_dimension, log_cost;
  Eigen::ArrayXd log_risk;
};

// ln R at ln T, linear between horizons; the last beyond them, infinite before.
double at(const Eigen::ArrayXd& log_horizon, const Eigen::ArrayXd& log_risk, double log_t) {
  const Eigen::Index last = log_horizon.size() - 1;
  if (log_t < log_horizon(0)) return std::numeric_limits<double>::infinity();
  if (log_t >= log_horizon(last)) return log_risk(last);
  return value_at(log_horizon, log_risk, log_t);
}

// Sizes in between, their curves interpolated in ln d at each horizon: the best size is not one of a few.
std::vector<Size> densified(const std::vector<Size>& sizes) {
  constexpr int parts = 8;
  std::vector<Size> dense;
  for (std::size_t i = 0; i + 1 < sizes.size(); ++i)
    for (int k = 0; k < parts; ++k) {
      const double x = static_cast<double>(k) / parts;
      const Size &left = sizes[i], &right = sizes[i + 1];
      dense.push_back({std::lerp(left.log_dimension, right.log_dimension, x),
                       std::lerp(left.log_cost, right.log_cost, x), (1 - x) * left.log_risk + x * right.log_risk});
    }
  dense.push_back(sizes.back());
  return dense;
}

// Of one sample, over which the linear layer spreads what it cannot learn.
double residuals_of(const PhaseOptions& options, double dimension) {
  return options.model == Model::linear_layer ? std::max(1.0, std::round(options.output_ratio * dimension)) : 1;
}

ComputeCurve envelope(const Eigen::ArrayXd& log_compute, const Eigen::ArrayXd& log_horizon,
                      const std::vector<Size>& computed) {
  const std::vector<Size> sizes = densified(computed);
  const Eigen::Index n = log_compute.size();
  ComputeCurve curve{Eigen::ArrayXd(n), Eigen::ArrayXd(n), Eigen::ArrayXd(n), {nan, nan}};
  std::vector<double> inner_compute, inner_risk;  // where the best size is inside the range
  for (Eigen::Index c = 0; c < n; ++c) {
    std::size_t best = 0;
    double lowest = std::numeric_limits<double>::infinity();
    for (std::size_t i = 0; i < sizes.size(); ++i) {
      const double risk = at(log_horizon, sizes[i].log_risk, log_compute(c) - sizes[i].log_cost);
      if (risk >= lowest) continue;
      lowest = risk;
      best = i;
    }
    if (best > 0 && best + 1 < sizes.size()) {
      inner_compute.push_back(log_compute(c));
      inner_risk.push_back(lowest);
    }
    curve.risk(c) = std::exp(lowest);
    curve.dimension(c) = std::exp(sizes[best].log_dimension);
    curve.horizon(c) = std::exp(log_compute(c) - sizes[best].log_cost);
  }
  // Least squares over the last third of that range and over the third before it.
  const std::size_t third = inner_compute.size() / 3;
  if (third < 4) return curve;
  const auto slope_of = [&](std::size_t begin) {
    const auto size = static_cast<Eigen::Index>(third);
    const Eigen::ArrayXd x = Eigen::Map<const Eigen::ArrayXd>(&inner_compute[begin], size);
    const Eigen::ArrayXd y = Eigen::Map<const Eigen::ArrayXd>(&inner_risk[begin], size);
    return ((x - x.mean()) * (y - y.mean())).sum() / (x - x.mean()).square().sum();
  };
  const std::size_t last = inner_compute.size() - third;
  curve.slope = {-slope_of(last), std::abs(slope_of(last) - slope_of(last - third))};
  return curve;
}

}  // namespace

ComputeOptimal compute_optimal(const PhaseOptions& options, const Eigen::ArrayXd& dimension, const Monitor& monitor,
                               const CellWork& work) {
  if (options.third_axis != ThirdAxis::none) throw StudyError("phase.compute: takes no third axis");
  require_horizons(options, "phase.compute");
  if (options.alpha_out != 0) throw StudyError("phase.compute: needs an isotropic output");
  if (dimension.size() < 4) throw StudyError("phase.compute.dimension: must be at least four sizes");
  const Eigen::Index sizes = dimension.size();
  const double first = step_cost(options, dimension(0)), last = step_cost(options, dimension(sizes - 1));
  const double log_first = std::log(10 * first), log_last = std::log(1e6 * last);
  constexpr double per_decade = 4;
  const auto computes = static_cast<Eigen::Index>((log_last - log_first) / std::log(10.0) * per_decade) + 1;
  const Eigen::ArrayXd log_compute = Eigen::ArrayXd::LinSpaced(computes, log_first, log_last);
  // A size that has run 10^12 steps has long been overtaken by a larger one.
  constexpr double decades = 12;
  const Eigen::ArrayXd log_horizon =
      Eigen::ArrayXd::LinSpaced(static_cast<Eigen::Index>(decades * per_decade) + 1, 0, decades * std::log(10.0));

  PhaseOptions here = options;
  here.third_axis = ThirdAxis::label_noise;  // of each point its own: what its size cannot learn
  here.horizon = log_horizon.exp();
  const std::vector<PhasePoint> all = phase_points(options);
  std::vector<PhasePoint> points;
  std::vector<std::size_t> cell_of;
  for (std::size_t i = 0; i < all.size(); ++i)
    if (all[i].alpha + all[i].beta > 1 + 1e-9) {
      points.push_back(all[i]);
      cell_of.push_back(i);
    }
  std::vector<std::array<std::vector<Size>, 2>> risks(points.size());
  for (Eigen::Index s = 0; s < sizes; ++s) {
    here.dimension = dimension(s);
    for (auto& point : points)
      point.third =
          std::sqrt(options.label_noise * options.label_noise +
                    tail(dimension(s), point.alpha + point.beta) / residuals_of(options, dimension(s)));
    const Monitor part = part_of(monitor, static_cast<std::size_t>(s), static_cast<std::size_t>(sizes));
    const std::vector<PhaseCell> cells = compute_phase_cells(here, points, part, work);
    const double log_cost = std::log(step_cost(options, dimension(s)));
    for (std::size_t c = 0; c < points.size(); ++c)
      for (std::size_t k = 0; k < 2; ++k) {
        const double noise = residuals_of(options, dimension(s)) * options.label_noise * options.label_noise;
        risks[c][k].push_back({std::log(dimension(s)), log_cost, (cells[c].tuned[k].risk - noise / 2).log()});
      }
  }
  ComputeOptimal result{log_compute.exp(), {}};
  const Eigen::ArrayXd undefined = Eigen::ArrayXd::Constant(computes, nan);
  const ComputeCurve none{undefined, undefined, undefined, {nan, nan}};
  result.cells.assign(all.size(), {none, none});
  for (std::size_t c = 0; c < points.size(); ++c)
    for (std::size_t k = 0; k < 2; ++k) result.cells[cell_of[c]][k] = envelope(log_compute, log_horizon, risks[c][k]);
  return result;
}

std::uint8_t steeper(const std::array<ComputeCurve, 2>& curves) {
  const double difference = curves[0].slope.value - curves[1].slope.value;
  if (std::isnan(difference)) return 3;
  if (std::abs(difference) <= curves[0].slope.error + curves[1].slope.error) return 0;
  return difference < 0 ? 1 : 2;
}

}  // namespace muonphase
