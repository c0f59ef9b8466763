#include "muonphase/simulation/simulation.hpp"

#include <fmt/format.h>
#include <omp.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <limits>
#include <memory>
#include <optional>

#include "muonphase/core/error.hpp"
#include "simulation/trial.hpp"
#include "simulation/trial_message.hpp"

namespace muonphase {
namespace {

using Clock = std::chrono::steady_clock;

// Steps between two reports of progress by one trial.
constexpr std::int64_t report_every = 16;

std::vector<std::int64_t> recorded(const SimulationOptions& options) {
  const Eigen::ArrayXd steps = recorded_steps(static_cast<double>(options.steps), options.record);
  std::vector<std::int64_t> whole(static_cast<std::size_t>(steps.size()));
  std::transform(steps.begin(), steps.end(), whole.begin(), [](double t) { return std::llround(t); });
  return whole;
}

void check(const SimulationProblem& problem, const std::vector<OptimizerRun>& runs) {
  const Problem& p = problem.model;
  if (p.noise_dominated()) throw StudyError("problem.batch = \"infinite\": a simulation needs a whole number");
  if (!p.input.exact() || !(p.output.exact() || p.output.isotropic()))
    throw StudyError("problem.input.modes = \"binned\": a simulation needs \"exact\"");
  if ((p.input_basis == Basis::generic && !p.input.isotropic()) ||
      (p.output_basis == Basis::generic && !p.output.isotropic()))
    throw StudyError("basis = \"generic\" is a limit without coordinates: a simulation needs eigen, haar or hadamard");
  const auto n = static_cast<Eigen::Index>(p.n_out()), d = static_cast<Eigen::Index>(p.n_in());
  const auto& variance = problem.target_variance;
  if (variance.size() > 0 && (variance.cols() != d || (variance.rows() != 1 && variance.rows() != n)))
    throw StudyError(
        fmt::format("target variance is {} × {}: must be 1 or {} × {}", variance.rows(), variance.cols(), n, d));
  if (problem.offset.size() > 0 && (problem.offset.rows() != n || problem.offset.cols() != d))
    throw StudyError(
        fmt::format("offset is {} × {}: must be {} × {}", problem.offset.rows(), problem.offset.cols(), n, d));
  for (const auto& run : runs)
    if (std::holds_alternative<GreedyRate>(run.rate))
      throw StudyError(fmt::format("run.learning_rate.{}: a simulation needs the greedy rate as a table", run.name));
}

// Lets OpenMP start threads inside a trial while trials run side by side.
class NestedThreads {
 public:
  NestedThreads() : before_(omp_get_max_active_levels()) { omp_set_max_active_levels(std::max(2, before_)); }
  ~NestedThreads() { omp_set_max_active_levels(before_); }
  NestedThreads(const NestedThreads&) = delete;
  NestedThreads& operator=(const NestedThreads&) = delete;

 private:
  int before_;
};

// Everything the trials of one rank share.
struct Context {
  const SimulationProblem problem;
  const std::vector<OptimizerRun> runs;
  const SimulationOptions options;
  const Monitor monitor;
  const int threads;  // inside each trial
  const NestedThreads nested = {};
  const std::vector<std::int64_t> recorded_steps = recorded(options);
  const std::size_t total = runs.size() * static_cast<std::size_t>(options.trials * options.steps);
  std::atomic<std::size_t> done = 0;

  bool finished(const TrialState& trial) const { return trial.diverged || trial.step == options.steps; }
};

template <class S>
void record(const Context& context, const Trial<S>& trial, TrialState& state) {
  const auto energy = trial.energy();
  const Problem& p = context.problem.model;
  const double risk = 0.5 * ((energy.weighted * p.input.eigenvalue).sum() + p.noise_variance());
  if (!std::isfinite(risk)) {
    state.diverged = true;
    return;
  }
  state.risk.push_back(risk);
  if (context.options.mode_energy) state.mode_energy.push_back(energy.plain);
}

// Threads inside each trial, when few trials leave some over.
int spare_threads(const std::vector<OptimizerRun>& runs, const SimulationOptions& options, int ranks, int threads) {
  const int here = threads > 0 ? threads : omp_get_max_threads();
  const std::size_t units = runs.size() * static_cast<std::size_t>(options.trials);
  const std::size_t share = (units + static_cast<std::size_t>(ranks) - 1) / static_cast<std::size_t>(ranks);
  return here / static_cast<int>(std::min(static_cast<std::size_t>(here), share));
}

// Continues a trial to its end, the deadline or an interrupt, whichever comes first.
template <class S>
void advance(Context& context, std::size_t unit, TrialState& state, Clock::time_point deadline) {
  const auto& options = context.options;
  const auto trials = static_cast<std::size_t>(options.trials);
  const OptimizerRun& run = context.runs[unit / trials];
  const Monitor quiet{.progress = {}, .interrupted = context.monitor.interrupted};
  std::optional<Trial<S>> made;
  try {
    made.emplace(context.problem, run, options, static_cast<int>(unit % trials), state, context.threads, quiet);
  } catch (const Interrupted&) {
    return;  // as it was
  }
  Trial<S>& trial = *made;
  if (state.risk.empty()) record(context, trial, state);
  if (state.diverged) return;
  do {  // at least one step, however short the time
    const double t = static_cast<double>(state.step), horizon = static_cast<double>(options.steps);
    try {
      state.diverged = !trial.step(state.step, rate_at(run.rate, t, horizon));
    } catch (const Interrupted&) {
      break;
    }
    if (state.diverged) break;
    ++state.step;
    if (state.step == context.recorded_steps[state.risk.size()]) record(context, trial, state);
    const std::size_t done = ++context.done;
    if (state.step % report_every == 0) context.monitor.report(done, context.total);
  } while (!context.finished(state) && !context.monitor.stop() && Clock::now() < deadline);
  state.updates = trial.updates();
  state.matrices = context.finished(state) ? std::vector<Eigen::MatrixXd>{} : trial.matrices();
}

Clock::duration seconds(double count) {
  return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(count));
}

// {unit, seconds, state} → {1 on other ranks than 0, state}
Message advanced(Context& context, bool elsewhere, const Message& input) {
  MessageReader reader(input);
  const auto unit = static_cast<std::size_t>(reader.whole());
  const double time = reader.number();
  TrialState state = reader.trial();
  const auto run = context.options.precision == Precision::single_ ? advance<float> : advance<double>;
  if (time > 0) run(context, unit, state, Clock::now() + seconds(time));
  Message result = {elsewhere ? 1.0 : 0.0};
  append(result, state);
  return result;
}

// All unfinished trials, until they are done or the time is up, or an interrupt has come.
void round_of(Context& context, SimulationState& state, Crew& crew) {
  std::vector<std::size_t> units;
  for (std::size_t unit = 0; unit < state.trials.size(); ++unit)
    if (!context.finished(state.trials[unit])) units.push_back(unit);
  TaskList tasks{.function = [&](const Message& input) { return advanced(context, false, input); },
                 .group = units,
                 .input = {},
                 .finish = {}};
  const auto deadline = Clock::now() + seconds(context.options.checkpoint_seconds);
  bool first = true;  // makes progress, however short the time
  tasks.input = [&](std::size_t task) {
    const double left = std::chrono::duration<double>(deadline - Clock::now()).count();
    Message input = {static_cast<double>(units[task]), context.monitor.stop() ? 0 : std::max(left, first ? 1e-9 : 0)};
    first = false;
    append(input, state.trials[units[task]]);
    return input;
  };
  tasks.finish = [&](std::size_t task, const Message& result) {
    MessageReader reader(result);
    const bool elsewhere = reader.number() != 0;
    TrialState& trial = state.trials[units[task]];
    const std::int64_t before = trial.step;
    trial = reader.trial();
    if (elsewhere) context.done += static_cast<std::size_t>(trial.step - before);
    context.monitor.report(context.done, context.total);
  };
  crew.run(tasks, {});  // the trials watch for an interrupt themselves, and keep what they have
}

}  // namespace

TaskFunction simulation_task(const SimulationProblem& problem, const std::vector<OptimizerRun>& runs,
                             const SimulationOptions& options, int ranks, int threads, const Monitor& monitor) {
  const std::shared_ptr<Context> context(
      new Context{problem, runs, options, monitor, spare_threads(runs, options, ranks, threads)});
  return [context](const Message& input) { return advanced(*context, true, input); };
}

SimulationState simulate(const SimulationProblem& problem, const std::vector<OptimizerRun>& runs,
                         const SimulationOptions& options, SimulationState state, const Monitor& monitor,
                         const Checkpoint& checkpoint, Crew* crew) {
  check(problem, runs);
  state.trials.resize(runs.size() * static_cast<std::size_t>(options.trials));
  Crew alone({}, 0);
  Crew& all = crew ? *crew : alone;
  Context context{problem, runs, options, monitor, spare_threads(runs, options, all.ranks(), all.threads())};
  for (const auto& trial : state.trials) context.done += static_cast<std::size_t>(trial.step);
  while (!std::all_of(state.trials.begin(), state.trials.end(), [&](const auto& t) { return context.finished(t); })) {
    round_of(context, state, all);
    const bool stop = monitor.stop();
    if (checkpoint) checkpoint(state);
    if (stop) throw Interrupted();
  }
  monitor.report(context.total, context.total);
  return state;
}

std::vector<SimulatedCurve> simulated_curves(const std::vector<OptimizerRun>& runs, const SimulationOptions& options,
                                             const SimulationState& state) {
  const auto steps = recorded(options);
  const auto length = static_cast<Eigen::Index>(steps.size());
  const auto trials = static_cast<Eigen::Index>(options.trials);
  std::vector<SimulatedCurve> curves;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    SimulatedCurve curve;
    curve.mean.step =
        Eigen::Map<const Eigen::Array<std::int64_t, Eigen::Dynamic, 1>>(steps.data(), length).cast<double>();
    curve.mean.learning_rate = curve.mean.step.unaryExpr(
        [&](double t) { return rate_at(runs[i].rate, t, static_cast<double>(options.steps)); });
    curve.risk_trials.setConstant(trials, length, std::numeric_limits<double>::quiet_NaN());
    for (Eigen::Index k = 0; k < trials; ++k) {
      const TrialState& trial = state.trials[i * static_cast<std::size_t>(trials) + static_cast<std::size_t>(k)];
      for (std::size_t t = 0; t < trial.risk.size(); ++t)
        curve.risk_trials(k, static_cast<Eigen::Index>(t)) = trial.risk[t];
      if (trial.diverged) curve.divergences.push_back({static_cast<int>(k), trial.step});
      if (!options.mode_energy) continue;
      if (curve.mean.mode_energy.size() == 0) curve.mean.mode_energy.setZero(length, trial.mode_energy.front().size());
      for (Eigen::Index t = 0; t < length; ++t) {
        auto row = curve.mean.mode_energy.row(t);
        if (t < static_cast<Eigen::Index>(trial.mode_energy.size()))
          row += trial.mode_energy[static_cast<std::size_t>(t)].transpose() / static_cast<double>(trials);
        else
          row = std::numeric_limits<double>::quiet_NaN();
      }
    }
    curve.mean.risk = curve.risk_trials.colwise().mean();
    const Eigen::ArrayXXd deviation = curve.risk_trials.rowwise() - curve.mean.risk.transpose();
    curve.risk_sem =
        (deviation.square().colwise().sum() / static_cast<double>((trials - 1) * trials)).sqrt().transpose();
    curves.push_back(std::move(curve));
  }
  return curves;
}

}  // namespace muonphase
