#include "muonphase/imbalance/network_experiment.hpp"

#include <chrono>
#include <cmath>
#include <limits>

#include "imbalance/tasks.hpp"
#include "muonphase/core/error.hpp"
#include "muonphase/dynamics/risk_curve.hpp"

namespace muonphase {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN(), diverged = -1;

// The option that averages gradients: momentum, or Adam's β_1.
std::string momentum_key(const Optimizer& optimizer) {
  for (const char* key : {"momentum", "beta1"})
    if (optimizer.options().has(key)) return key;
  return "";
}

Optimizer with_momentum(const Optimizer& optimizer, double momentum) {
  if (std::isnan(momentum)) return optimizer;
  OptimizerOptions options = optimizer.options();
  options[momentum_key(optimizer)] = momentum;
  return Optimizer(optimizer.description(), options);
}

LearningRate schedule_of(const NetworkExperiment& experiment, double rate) {
  if (experiment.schedule == NetworkExperiment::Shape::constant) return ConstantRate{rate};
  const bool cosine = experiment.schedule == NetworkExperiment::Shape::cosine;
  return DecayRate{.shape = cosine ? DecayRate::Shape::cosine : DecayRate::Shape::linear, .eta0 = rate};
}

SplitData data_of(const NetworkExperiment& experiment, const LabelledFile& file, const Draws& draws) {
  if (!experiment.data.path.empty()) return split_data(file, experiment.data, draws);
  return mixture_data(*experiment.mixture, experiment.samples, experiment.per_class, draws);
}

Record run(const NetworkExperiment& experiment, const SplitData& data, const Optimizer& optimizer, double rate,
           const Eigen::ArrayXd& steps, const Draws& draws, int threads, const Monitor& monitor) {
  std::vector<Eigen::Index> widths{data.train.input.cols()};
  widths.insert(widths.end(), experiment.hidden.begin(), experiment.hidden.end());
  widths.push_back(data.classes());
  Perceptron network = he_start(widths, draws);
  return train_network(data, network,
                       {.optimizer = optimizer,
                        .schedule = schedule_of(experiment, rate),
                        .bias_rate = experiment.bias_rate,
                        .record = steps,
                        .batch = experiment.batch,
                        .squared = experiment.squared,
                        .balanced_weights = experiment.balanced_weights,
                        .threads = threads,
                        .monitor = monitor},
                       draws);
}

// One run of the grid.
struct GridRun {
  std::size_t optimizer, rate, momentum, trial;
};

std::vector<double> rates_of(const NetworkExperiment& experiment, std::size_t optimizer) {
  if (experiment.rates.empty()) return {experiment.optimizers[optimizer].learning_rate};
  return experiment.rates;
}

std::vector<double> momenta_of(const NetworkExperiment& experiment, std::size_t optimizer) {
  const Optimizer& named = experiment.optimizers[optimizer].optimizer;
  const std::string key = momentum_key(named);
  if (key.empty()) return {nan};
  if (experiment.momenta.empty()) return {named.options().number(key)};
  return experiment.momenta;
}

bool has_grid(const NetworkExperiment& experiment) {
  return experiment.rates.size() > 1 || experiment.momenta.size() > 1;
}

std::vector<GridRun> grid_of(const NetworkExperiment& experiment) {
  std::vector<GridRun> runs;
  if (!has_grid(experiment)) return runs;
  for (std::size_t o = 0; o < experiment.optimizers.size(); ++o)
    for (std::size_t r = 0; r < rates_of(experiment, o).size(); ++r)
      for (std::size_t m = 0; m < momenta_of(experiment, o).size(); ++m)
        for (std::size_t t = 0; t < static_cast<std::size_t>(experiment.trials); ++t) runs.push_back({o, r, m, t});
  return runs;
}

Eigen::ArrayXd array_of(const std::vector<double>& values) {
  return Eigen::Map<const Eigen::ArrayXd>(values.data(), static_cast<Eigen::Index>(values.size()));
}

GridScores run_grid(const NetworkExperiment& experiment, const std::vector<GridRun>& grid,
                    const std::vector<SplitData>& data, const GridScores& known,
                    const std::function<void(const GridScores&)>& keep, const Monitor& monitor) {
  const auto count = static_cast<Eigen::Index>(grid.size());
  GridScores score = known.size() == count ? known : GridScores::Constant(count, nan);
  std::vector<std::size_t> missing;
  for (std::size_t i = 0; i < grid.size(); ++i)
    if (std::isnan(score(static_cast<Eigen::Index>(i)))) missing.push_back(i);
  Eigen::ArrayXd ends(2);
  ends << 0, experiment.steps;
  using Clock = std::chrono::steady_clock;
  auto kept = Clock::now();
  const auto one = [&](std::size_t k, int threads, const Monitor& steps) {
    const GridRun& at = grid[missing[k]];
    const NamedOptimizer& named = experiment.optimizers[at.optimizer];
    double result = diverged;
    try {
      const Record record = run(experiment, data[at.trial], with_momentum(named.optimizer, momenta_of(experiment, at.optimizer)[at.momentum]),
                                rates_of(experiment, at.optimizer)[at.rate], ends, Draws{experiment.seed, at.trial},
                                threads, steps);
      result = field(record, "validation_accuracy").values(1, 0);
    } catch (const DivergenceError&) {
    }
#pragma omp critical(muonphase_network_grid)
    {
      score(static_cast<Eigen::Index>(missing[k])) = std::isfinite(result) ? result : diverged;
      if (keep && Clock::now() - kept > std::chrono::seconds(5)) {
        keep(score);
        kept = Clock::now();
      }
    }
  };
  try {
    for_each_task(missing.size(), experiment.threads, monitor, one);
  } catch (const Interrupted&) {
    if (keep) keep(score);
    throw;
  }
  return score;
}

NetworkRuns chosen(const NetworkExperiment& experiment, std::size_t o, const std::vector<GridRun>& grid,
                   const GridScores& score) {
  NetworkRuns runs{.name = experiment.optimizers[o].name,
                   .rate = array_of(rates_of(experiment, o)),
                   .momentum = array_of(momenta_of(experiment, o)),
                   .validation = {},
                   .validation_error = {},
                   .record = {}};
  runs.best_rate = runs.rate(0);
  runs.best_momentum = runs.momentum(0);
  runs.validation = runs.validation_error = Eigen::ArrayXXd::Constant(runs.rate.size(), runs.momentum.size(), nan);
  const auto at = [](std::size_t index) { return static_cast<Eigen::Index>(index); };
  // Seeds are next to each other in the grid.
  for (std::size_t i = 0; i < grid.size(); i += static_cast<std::size_t>(experiment.trials)) {
    if (grid[i].optimizer != o) continue;
    const Eigen::ArrayXd seeds = score.segment(at(i), experiment.trials);
    const double n = experiment.trials, mean = seeds.mean();
    const bool failed = (seeds == diverged).any();
    runs.validation(at(grid[i].rate), at(grid[i].momentum)) = failed ? diverged : mean;
    if (!failed && n > 1)
      runs.validation_error(at(grid[i].rate), at(grid[i].momentum)) =
          std::sqrt((seeds - mean).square().sum() / (n * (n - 1)));
  }
  double best = diverged;
  for (Eigen::Index r = 0; r < runs.rate.size(); ++r)
    for (Eigen::Index m = 0; m < runs.momentum.size(); ++m)
      if (runs.validation(r, m) > best) {
        best = runs.validation(r, m);
        runs.best_rate = runs.rate(r);
        runs.best_momentum = runs.momentum(m);
      }
  return runs;
}

}  // namespace

std::size_t grid_size(const NetworkExperiment& experiment) {
  return grid_of(experiment).size();
}

std::vector<NetworkRuns> run_networks(const NetworkExperiment& experiment, const LabelledFile& file,
                                      const GridScores& known, const std::function<void(const GridScores&)>& keep,
                                      const Monitor& tuning, const Monitor& training, SplitData* data) {
  std::vector<SplitData> splits;
  for (int t = 0; t < experiment.trials; ++t)
    splits.push_back(data_of(experiment, file, Draws{experiment.seed, static_cast<std::uint64_t>(t)}));
  const std::vector<GridRun> grid = grid_of(experiment);
  const GridScores score = run_grid(experiment, grid, splits, known, keep, tuning);
  std::vector<NetworkRuns> all;
  for (std::size_t o = 0; o < experiment.optimizers.size(); ++o) all.push_back(chosen(experiment, o, grid, score));
  const auto trials = static_cast<std::size_t>(experiment.trials);
  std::vector<std::vector<Record>> records(all.size(), std::vector<Record>(trials));
  const Eigen::ArrayXd steps = recorded_steps(experiment.steps, experiment.record);
  for_each_task(all.size() * trials, experiment.threads, training, [&](std::size_t i, int threads, const Monitor& own) {
    const std::size_t o = i / trials, trial = i % trials;
    const Optimizer optimizer = with_momentum(experiment.optimizers[o].optimizer, all[o].best_momentum);
    records[o][trial] = run(experiment, splits[trial], optimizer, all[o].best_rate, steps,
                            Draws{experiment.seed, trial}, threads, own);
  });
  for (std::size_t o = 0; o < all.size(); ++o) all[o].record = mean_record(records[o]);
  if (data) *data = std::move(splits.front());
  return all;
}

}  // namespace muonphase
