#include "muonphase/phase/optimal_schedule.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/least_squares.hpp"
#include "muonphase/core/error.hpp"
#include "muonphase/dynamics/exponential_stepper.hpp"
#include "muonphase/dynamics/integrate.hpp"

namespace muonphase {
namespace {

// Distances between nodes that are even in ln s near 0 and in ln(S − s) near S, down to `smallest`; symmetric.
Eigen::ArrayXd two_sided_gaps(double length, double smallest, int nodes) {
  const double reach = std::log(std::max(4.0, length / smallest));
  const auto place = [&](int i) { return -reach + 2 * reach * i / (nodes - 1); };
  const auto logistic = [](double x) { return 1 / (1 + std::exp(-x)); };
  Eigen::ArrayXd gap(nodes - 1);
  for (int i = 0; i < nodes - 1; ++i) {  // from the left end, where there is no cancellation
    const int j = std::min(i, nodes - 2 - i);
    gap(i) = logistic(place(j + 1)) - logistic(place(j));
  }
  return gap * (length / gap.sum());
}

// free and response, with every gap as given.
void fill(const ModeEquation& equation, const Eigen::ArrayXd& gap, Eigen::ArrayXd& free, Eigen::MatrixXd& response) {
  const Eigen::Index nodes = gap.size() + 1;
  free.resize(nodes);
  response = Eigen::MatrixXd::Zero(nodes, nodes);
  // Column j: the modes when u is the hat function of node j. All are carried along together.
  Eigen::ArrayXXd hats = Eigen::ArrayXXd::Zero(equation.rate.size(), nodes);
  Eigen::ArrayXd share = equation.share;
  free(0) = share.sum() + equation.noise;
  for (Eigen::Index i = 0; i + 1 < nodes; ++i) {
    const StepWeights step = linear_step(equation.rate, gap(i));
    for (Eigen::Index j = 0; j < i; ++j) hats.col(j) *= step.decay;
    hats.col(i) = hats.col(i) * step.decay + equation.kick * step.start;
    hats.col(i + 1) = equation.kick * step.end;
    share *= step.decay;
    free(i + 1) = share.sum() + equation.noise;
    response.row(i + 1).head(i + 2) = hats.leftCols(i + 2).colwise().sum();
  }
}

// The derivative of 2R(S) + Σ source_i 2R_i by u, through 2R alone: what the adjoint of the modes hands to the control.
Eigen::ArrayXd pull(const ControlGrid& grid, const Eigen::ArrayXd& source) {
  Eigen::VectorXd all = source.matrix();
  all(all.size() - 1) += 1;
  return (grid.response.triangularView<Eigen::Lower>().transpose() * all).array();
}

Eigen::ArrayXd twice_risk_of(const ControlGrid& grid, const Eigen::ArrayXd& u) {
  return grid.free + (grid.response.triangularView<Eigen::Lower>() * u.matrix()).array();
}

}  // namespace

ControlGrid control_grid(const ModeEquation& equation, double length, int nodes) {
  constexpr double stretch = 1e-3;
  ControlGrid grid;
  grid.gap = two_sided_gaps(length, 0.02 / equation.rate.maxCoeff(), nodes);
  grid.clock = Eigen::ArrayXd::Zero(nodes);
  grid.clock.head(nodes - 1) += grid.gap / 2;
  grid.clock.tail(nodes - 1) += grid.gap / 2;
  fill(equation, grid.gap, grid.free, grid.response);
  Eigen::ArrayXd shorter_free;
  Eigen::MatrixXd shorter;
  fill(equation, grid.gap * std::exp(stretch), grid.free_slope, grid.response_slope);
  fill(equation, grid.gap * std::exp(-stretch), shorter_free, shorter);
  grid.free_slope = (grid.free_slope - shorter_free) / (2 * stretch);
  grid.response_slope = (grid.response_slope - shorter) / (2 * stretch);
  return grid;
}

ControlValue control_value(const ControlGrid& grid, const Eigen::ArrayXd& u) {
  ControlValue value{twice_risk_of(grid, u), Eigen::ArrayXd::Zero(u.size())};
  const Eigen::ArrayXd pace = value.twice_risk / u;
  for (Eigen::Index i = 1; i < u.size(); ++i)
    value.time(i) = value.time(i - 1) + grid.gap(i - 1) / 2 * (pace(i - 1) + pace(i));
  return value;
}

Eigen::ArrayXd control_gradient(const ControlGrid& grid, const Eigen::ArrayXd& u, double multiplier) {
  return pull(grid, multiplier * grid.clock / u) - multiplier * grid.clock * twice_risk_of(grid, u) / u.square();
}

OptimalControl optimal_control(const ControlGrid& grid, const OptimalControl& guess) {
  const Eigen::Index n = guess.u.size();
  Eigen::ArrayXd log_u = guess.u.log();
  double log_multiplier = std::log(guess.multiplier);
  constexpr int most = 30;
  for (int round = 0; round < most; ++round) {
    const Eigen::ArrayXd u = log_u.exp();
    const double multiplier = std::exp(log_multiplier);
    const Eigen::ArrayXd twice_risk = twice_risk_of(grid, u), source = multiplier * grid.clock / u;
    const Eigen::ArrayXd pulled = pull(grid, source);
    // Stationary in u: u² = multiplier · clock 2R/pull. Unknowns and equations are logarithms.
    Eigen::VectorXd residual(n + 1);
    residual.head(n) = 0.5 * (log_multiplier + grid.clock.log() + twice_risk.log() - pulled.log()) - log_u;
    Eigen::MatrixXd jacobian(n + 1, n + 1);
    jacobian.topLeftCorner(n, n) =
        0.5 * ((1 / twice_risk).matrix().asDiagonal() * grid.response * u.matrix().asDiagonal()).eval();
    jacobian.topLeftCorner(n, n) +=
        0.5 * ((1 / pulled).matrix().asDiagonal() * grid.response.transpose() * source.matrix().asDiagonal()).eval();
    jacobian.diagonal().head(n).array() -= 1;
    // All of the pull but that of 2R(S) itself is proportional to the multiplier.
    jacobian.col(n).head(n) = 0.5 * grid.response.row(n - 1).transpose().array() / pulled;

    // Stationary in ln S, which stretches the grid: what the start loses is what the noise gains, and the time. As a
    // logarithm, continued by its tangent where the noise gains less than nothing.
    const double lost = -grid.free_slope(n - 1);
    const Eigen::ArrayXd noise_slope = (grid.response_slope * u.matrix()).array();
    const Eigen::ArrayXd weight = multiplier * grid.clock / u;
    const Eigen::ArrayXd changed = twice_risk + grid.free_slope + noise_slope;
    const double time = (weight * changed).sum(), balance = (noise_slope(n - 1) + time) / lost;
    const Eigen::ArrayXd balance_by_u = (u * ((grid.response + grid.response_slope).transpose() * weight.matrix() +
                                              grid.response_slope.row(n - 1).transpose())
                                                 .array() -
                                         weight * changed) /
                                        lost;
    const double linear = std::max(balance, 0.1);
    residual(n) = std::log(linear) + (balance - linear) / linear;
    jacobian.row(n).head(n) = balance_by_u / linear;
    jacobian(n, n) = time / lost / linear;

    const Eigen::VectorXd move = solve_linear(jacobian, -residual);
    if (!move.allFinite()) break;
    const double longest = move.cwiseAbs().maxCoeff();
    const double damping = std::min(1.0, 1 / longest);
    log_u += damping * move.head(n).array();
    log_multiplier += damping * move(n);
    if (longest < 1e-6) return {log_u.exp(), std::exp(log_multiplier)};
  }
  throw NumericalError("the optimal schedule did not converge");
}

TableRate schedule_of(const ControlGrid& grid, const Eigen::ArrayXd& u) {
  const ControlValue value = control_value(grid, u);
  return {value.time, u / value.twice_risk.sqrt()};
}

namespace {

// Optimal controls of growing S; the next is guessed by going on as from the last but one to the last.
class Path {
 public:
  Path(const OptimalControl& start, double log_length) : last_(start), before_(start), log_length_(log_length) {}

  OptimalControl guess(double log_length) const {
    const double x = span_ > 0 ? (log_length - log_length_) / span_ : 0;
    return {last_.u * (last_.u / before_.u).pow(x),
            last_.multiplier * std::pow(last_.multiplier / before_.multiplier, x)};
  }
  void add(double log_length, const OptimalControl& control) {
    before_ = count_++ > 0 ? last_ : control;
    last_ = control;
    span_ = log_length - log_length_;
    log_length_ = log_length;
  }
  const OptimalControl& last() const { return last_; }
  double log_length() const { return log_length_; }

 private:
  OptimalControl last_, before_;
  double log_length_, span_ = 0;
  int count_ = 0;
};

// A point of the curve of least risk against the horizon.
struct End {
  double log_horizon, log_twice_risk, log_rate, slope;  // slope = d ln 2R/d ln T
};

// ln 2R between two ends by Hermite's cubic, ln η linearly.
End between(const End& a, const End& b, double log_horizon) {
  const double span = b.log_horizon - a.log_horizon, x = (log_horizon - a.log_horizon) / span;
  const double rise = b.log_twice_risk - a.log_twice_risk;
  const double bend = (a.slope * (1 - x) - b.slope * x) * span - rise * (1 - 2 * x);
  return {log_horizon, a.log_twice_risk + x * rise + x * (1 - x) * bend, std::lerp(a.log_rate, b.log_rate, x), 0};
}

// Beyond the last end: 2R falls exponentially in T without label noise, else towards σ² as a power of T.
End beyond(const End& last, double noise, double start, double log_horizon) {
  const double growth = log_horizon - last.log_horizon;
  End end = last;
  if (noise > 0) {
    const double above = std::exp(last.log_twice_risk) - noise;
    end.log_twice_risk =
        std::log(noise + above * std::exp(last.slope * growth * std::exp(last.log_twice_risk) / above));
  } else {
    end.log_twice_risk =
        std::max(last.log_twice_risk + last.slope * std::expm1(growth), std::log(start) + std::log(1e-280));
  }
  end.log_rate += 0.5 * (end.log_twice_risk - last.log_twice_risk);
  return end;
}

}  // namespace

TunedCurve optimal_schedules(const ModeEquation& equation, const Eigen::ArrayXd& horizons,
                             const OptimalOptions& options) {
  if (!equation.scale_invariant) throw StudyError("policy = \"optimal\": is for scale-invariant optimizers, not sgd");
  const double start = equation.twice_risk(equation.share), greedy = greedy_forcing(equation, equation.share);
  const double longest = horizons(horizons.size() - 1), last_length = 10 / equation.rate.minCoeff();
  double log_length = std::log(std::min(0.1 / equation.rate.maxCoeff(), 0.3 * horizons(0) * greedy / start));
  const double widest = std::log(10.0) / options.ends_per_decade;
  double stretch = widest;
  Path path({Eigen::ArrayXd::Constant(options.nodes, greedy), greedy * greedy * equation.kick.sum() / start},
            log_length);
  std::vector<End> ends;
  while (true) {
    const ControlGrid grid = control_grid(equation, std::exp(log_length), options.nodes);
    try {
      path.add(log_length, optimal_control(grid, path.guess(log_length)));
    } catch (const NumericalError&) {  // too far from the point before
      stretch /= 2;
      if (ends.empty() || stretch < widest / 50) throw;
      log_length = path.log_length() + stretch;
      continue;
    }
    const TableRate schedule = schedule_of(grid, path.last().u);
    const double horizon = schedule.step(options.nodes - 1);
    // The risk of this very schedule, free of the errors of the grid.
    const Eigen::ArrayXd recorded = (Eigen::ArrayXd(2) << 0, horizon).finished();
    const double risk = integrate(equation, schedule, recorded, {.tolerance = 1e-5}).risk(1);
    ends.push_back({std::log(horizon), std::log(2 * risk), std::log(schedule.rate(options.nodes - 1)),
                    -path.last().multiplier * horizon / (2 * risk)});
    if (horizon >= longest || std::exp(log_length) >= last_length) break;
    stretch = std::min(widest, 1.5 * stretch);
    log_length += stretch;
  }

  TunedCurve tuned{Eigen::ArrayXd(horizons.size()), Eigen::ArrayXd(horizons.size()), {}};
  std::size_t right = 1;
  for (Eigen::Index h = 0; h < horizons.size(); ++h) {
    const double log_horizon = std::log(horizons(h));
    while (right + 1 < ends.size() && ends[right].log_horizon < log_horizon) ++right;
    const End& last = ends.back();
    const End end = log_horizon > last.log_horizon ? beyond(last, equation.noise, start, log_horizon)
                                                   : between(ends[right - 1], ends[right], log_horizon);
    tuned.risk(h) = 0.5 * std::exp(end.log_twice_risk);
    tuned.learning_rate(h) = std::exp(end.log_rate);
  }
  return tuned;
}

}  // namespace muonphase
