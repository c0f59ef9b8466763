#include "phase/rate_surface.hpp"

#include <math.h>  // isnan, which pchip.hpp takes from the global namespace

#include <algorithm>
#include <boost/math/interpolators/pchip.hpp>
#include <cmath>
#include <iterator>
#include <limits>

namespace muonphase {
namespace {

constexpr double spacing = 0.01;  // of nodes in ln s
constexpr double lead = 3;  // nodes begin that far before the first step's end, where those of other rates have theirs
constexpr std::size_t least = 4;  // points of a run that can be interpolated
constexpr int stencil = 4;

}  // namespace

RateSurface::Run RateSurface::on_nodes(const RunPath& path) {
  std::vector<double> clock, clock_too, step, log_risk;
  for (std::size_t i = 0; i < path.size() && std::isfinite(path.risk[i]) && path.risk[i] > 0; ++i) {
    if (!clock.empty() && !(path.clock[i] > clock.back())) continue;
    clock.push_back(path.clock[i]);
    step.push_back(path.step[i]);
    log_risk.push_back(std::log(path.risk[i]));
  }
  Run run;
  if (clock.size() < least) return run;
  run.first = static_cast<Eigen::Index>(std::floor((std::log(clock[1]) - lead) / spacing));
  const auto end = static_cast<Eigen::Index>(std::floor(std::log(clock.back()) / spacing));
  const Eigen::ArrayXd node = (spacing * Eigen::ArrayXd::LinSpaced(end - run.first, static_cast<double>(run.first),
                                                                   static_cast<double>(end - 1)))
                                  .exp();
  clock_too = clock;
  const boost::math::interpolators::pchip<std::vector<double>> step_at(std::move(clock), std::move(step)),
      log_risk_at(std::move(clock_too), std::move(log_risk));
  run.log_step = node.unaryExpr([&](double s) { return std::log(step_at(s)); });
  run.log_risk = node.unaryExpr([&](double s) { return log_risk_at(s); });
  return run;
}

void RateSurface::add(double log_rate, const std::vector<RunPath>& runs) {
  std::vector<Run> added;
  std::transform(runs.begin(), runs.end(), std::back_inserter(added), on_nodes);
  runs_[log_rate] = std::move(added);
}

Eigen::ArrayXd RateSurface::log_risk(double log_rate, const Eigen::ArrayXd& horizons, int shift) const {
  const auto count = static_cast<int>(runs_.size()), used = std::min(stencil, count);
  const auto above = static_cast<int>(std::distance(runs_.begin(), runs_.lower_bound(log_rate)));
  const auto begin = std::next(runs_.begin(), std::clamp(above - used / 2 + shift, 0, count - used)),
             end = std::next(begin, used);
  // Lagrange's polynomials, zero at the other runs.
  std::vector<std::pair<double, const std::vector<Run>*>> parts;
  for (auto run = begin; run != end; ++run) {
    double part = 1;
    for (auto other = begin; other != end; ++other)
      if (other != run) part *= (log_rate - other->first) / (run->first - other->first);
    if (part != 0) parts.emplace_back(part, &run->second);
  }

  const std::size_t bases = begin->second.size();
  Eigen::ArrayXd mean = Eigen::ArrayXd::Zero(horizons.size());
  for (std::size_t basis = 0; basis < bases; ++basis) {
    Eigen::Index first = std::numeric_limits<Eigen::Index>::min(), last = std::numeric_limits<Eigen::Index>::max();
    for (const auto& [part, runs] : parts) {
      const Run& run = (*runs)[basis];
      first = std::max(first, run.first);
      last = std::min(last, run.first + run.log_step.size());
    }
    const Eigen::Index nodes = std::max<Eigen::Index>(0, last - first);
    Eigen::ArrayXd log_step = Eigen::ArrayXd::Zero(nodes), log_risk = log_step;
    for (const auto& [part, runs] : parts) {
      const Run& run = (*runs)[basis];
      if (nodes == 0) break;
      log_step += part * run.log_step.segment(first - run.first, nodes);
      log_risk += part * run.log_risk.segment(first - run.first, nodes);
    }
    Eigen::Index next = 0;
    for (Eigen::Index h = 0; h < horizons.size(); ++h) {
      const double log_horizon = std::log(horizons(h));
      while (next < nodes && log_step(next) < log_horizon) ++next;
      if (next == nodes) {
        mean(h) = std::numeric_limits<double>::infinity();
      } else if (next == 0) {
        mean(h) += std::exp(log_risk(0));
      } else {
        const double part = (log_horizon - log_step(next - 1)) / (log_step(next) - log_step(next - 1));
        mean(h) += std::exp((1 - part) * log_risk(next - 1) + part * log_risk(next));
      }
    }
  }
  return (mean / static_cast<double>(bases)).log();
}

}  // namespace muonphase
