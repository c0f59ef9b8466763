// One cell: the coefficients, and the best curve of each of its two optimizers.
#include <cmath>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <tuple>
#include <utility>

#include "muonphase/dynamics/integrate.hpp"
#include "muonphase/phase/accuracy.hpp"
#include "muonphase/phase/compressed.hpp"
#include "muonphase/phase/full_rate.hpp"
#include "muonphase/phase/optimal_schedule.hpp"
#include "muonphase/phase/phase_map.hpp"
#include "muonphase/phase/wsd_rate.hpp"

namespace muonphase {
namespace {

// 1e−7 in the coefficients.
constexpr ResolventOptions sweep_resolvent{.step = 0.6};

TunedCurve greedy_curve(const ModeEquation& equation, const Eigen::ArrayXd& horizon) {
  Eigen::ArrayXd recorded(horizon.size() + 1);
  recorded << 0, horizon;
  const ModeRun run = integrate(equation, GreedyRate{}, recorded, {.tolerance = 1e-5});
  return {run.risk.tail(horizon.size()), run.learning_rate.tail(horizon.size()), {}};
}

TunedCurve tuned_curve(const PhaseOptions& options, const Problem& problem, const Coefficients& coefficients) {
  const ModeEquation equation = compressed(mode_equation(problem, coefficients));
  if (options.criterion == Criterion::accuracy)
    return options.policy == Policy::floor ? floor_matched_times(equation, options.accuracies, options.factor)
                                           : best_rate_times(equation, options.accuracies, options.factor);
  switch (options.policy) {
    case Policy::greedy:
      return greedy_curve(equation, options.horizon);
    case Policy::power:
      return best_power_rate(equation, options.horizon, options.t0);
    case Policy::wsd:
      return best_wsd_rate(equation, options.horizon, options.warmup);
    case Policy::optimal:
      return optimal_schedules(equation, options.horizon);
    case Policy::floor:
    case Policy::constant:
      break;
  }
  return best_constant_rate(equation, options.horizon);
}

// Of the linear closure where the mode equation does not have all: weight decay.
TunedCurve decayed_curve(const PhaseOptions& options, const Problem& problem, const Optimizer& optimizer,
                         const Monitor& monitor) {
  return best_full_rate(problem, optimizer, options.horizon,
                        {.closure = Closure::linear,
                         .tolerance = 1e-4,
                         .bases = 1,
                         .seed = options.seed,
                         .monitor = {{}, monitor.interrupted}});
}

Coefficients coefficients_of(const PhaseOptions& options, const Problem& problem, const Optimizer& optimizer) {
  return linear_coefficients(problem, optimizer, {.draws = {1, options.seed}, .resolvent = sweep_resolvent}).front();
}

// Each rate by itself, over records that reach further until the risk does.
TunedCurve full_times(const PhaseOptions& options, const Problem& problem, const Optimizer& optimizer,
                      const OdeOptions& ode) {
  const Eigen::ArrayXd target = options.factor * options.accuracies;
  if (options.policy == Policy::constant)
    return times_to(target, options.horizon, best_full_rate(problem, optimizer, options.horizon, ode));
  const ModeEquation equation = mode_equation(problem, coefficients_of(options, problem, optimizer));
  TunedCurve tuned = floor_matched_times(equation, options.accuracies, options.factor);
  const FullDynamics dynamics = full_dynamics(problem, optimizer, ode, 0);
  for (Eigen::Index e = 0; e < target.size(); ++e) {
    double last = std::max(2.0, std::ceil(1.5 * tuned.time(e)));
    tuned.time(e) = std::numeric_limits<double>::infinity();
    for (int attempt = 0; attempt < 5 && std::isinf(tuned.time(e)); ++attempt, last *= 4) {
      const RiskCurve curve =
          dynamics(ConstantRate{tuned.learning_rate(e)}, recorded_steps(last, 200),
                   {.tolerance = integrator_tolerance(ode)}, ode.monitor);
      const Eigen::Index records = curve.step.size() - 1;
      tuned.time(e) = times_to(target.segment(e, 1), curve.step.tail(records),
                               {curve.risk.tail(records), curve.learning_rate.tail(records)})
                          .time(0);
    }
  }
  return tuned;
}

TunedCurve full_curve_of(const PhaseOptions& options, const Problem& problem, const Optimizer& optimizer,
                         const Monitor& monitor) {
  const OdeOptions ode{.closure = Closure::full,
                       .accuracy = options.accuracy,
                       .bases = 1,
                       .seed = options.seed,
                       .monitor = {{}, monitor.interrupted}};
  if (options.criterion == Criterion::accuracy) return full_times(options, problem, optimizer, ode);
  if (options.policy == Policy::constant) return best_full_rate(problem, optimizer, options.horizon, ode);
  Eigen::ArrayXd recorded(options.horizon.size() + 1);
  recorded << 0, options.horizon;
  const RiskCurve curve = ode_curve(problem, optimizer, GreedyRate{}, recorded, ode);
  return {curve.risk.tail(options.horizon.size()), curve.learning_rate.tail(options.horizon.size()), {}};
}

// The coefficients of both optimizers, which know neither β nor horizons, of every problem; each is computed once, by
// the first thread that needs it.
class CoefficientCache {
 public:
  const std::array<Coefficients, 2>& at(const PhaseOptions& options, double third, double alpha) {
    Entry* entry = nullptr;
    {
      const std::scoped_lock lock(mutex_);
      entry = &entries_[{options.dimension, options.third_axis, third, alpha}];
    }
    std::call_once(entry->once, [&] {
      const Problem problem = phase_problem(options, {alpha, 0, third});
      for (std::size_t k = 0; k < 2; ++k) entry->sets[k] = coefficients_of(options, problem, options.compare[k]);
    });
    return entry->sets;
  }

 private:
  struct Entry {
    std::once_flag once;
    std::array<Coefficients, 2> sets;
  };
  std::mutex mutex_;
  std::map<std::tuple<double, ThirdAxis, double, double>, Entry> entries_;
};

PhaseCell compute_cell(const PhaseOptions& options, CoefficientCache& cache, const PhasePoint& point,
                       const Monitor& monitor) {
  const Problem problem = phase_problem(options, point);
  PhaseCell cell;
  cell.initial_risk = population_risk(problem, problem.energy);
  if (options.criterion == Criterion::accuracy) cell.cut = finite_size_cut(options, point);
  for (std::size_t k = 0; k < 2; ++k)
    cell.tuned[k] = options.closure == Closure::full
                        ? full_curve_of(options, problem, options.compare[k], monitor)
                    : options.compare[k].weight_decay() > 0
                        ? decayed_curve(options, problem, options.compare[k], monitor)
                        : tuned_curve(options, problem, cache.at(options, point.third, point.alpha)[k]);
  return cell;
}

}  // namespace

Message pack(const PhaseCell& cell) {
  Message message = {cell.initial_risk, cell.cut};
  for (const auto& tuned : cell.tuned)
    for (const auto* values : {&tuned.risk, &tuned.learning_rate, &tuned.shape, &tuned.time}) {
      message.push_back(static_cast<double>(values->size()));
      message.insert(message.end(), values->begin(), values->end());
    }
  return message;
}

PhaseCell unpack(const Message& message) {
  PhaseCell cell;
  std::size_t at = 0;
  cell.initial_risk = message.at(at++);
  cell.cut = message.at(at++);
  for (auto& tuned : cell.tuned)
    for (auto* values : {&tuned.risk, &tuned.learning_rate, &tuned.shape, &tuned.time}) {
      const auto size = static_cast<Eigen::Index>(message.at(at++));
      values->resize(size);
      for (double& value : *values) value = message.at(at++);
    }
  return cell;
}

// A cell depends on the options that all ranks have and on: alpha, beta, third; policy, dimension, third axis;
// horizons or accuracies.
Message cell_request(const PhaseOptions& options, const PhasePoint& point) {
  Message request = {point.alpha,       point.beta,
                     point.third,       static_cast<double>(options.policy),
                     options.dimension, static_cast<double>(options.third_axis)};
  const Eigen::ArrayXd& axis = options.criterion == Criterion::horizon ? options.horizon : options.accuracies;
  request.insert(request.end(), axis.begin(), axis.end());
  return request;
}

TaskFunction phase_task(const PhaseOptions& options, const Monitor& monitor) {
  struct Task {
    PhaseOptions options;
    Monitor monitor;
    CoefficientCache cache = {};
  };
  const std::shared_ptr<Task> task(new Task{options, monitor});
  return [task](const Message& request) {
    constexpr Eigen::Index axis_at = 6;
    PhaseOptions here = task->options;
    here.policy = static_cast<Policy>(request.at(3));
    here.dimension = request.at(4);
    here.third_axis = static_cast<ThirdAxis>(request.at(5));
    const Eigen::Map<const Eigen::ArrayXd> numbers(request.data(), static_cast<Eigen::Index>(request.size()));
    (here.criterion == Criterion::horizon ? here.horizon : here.accuracies) = numbers.tail(numbers.size() - axis_at);
    return pack(compute_cell(here, task->cache, {request[0], request[1], request[2]}, task->monitor));
  };
}

}  // namespace muonphase
