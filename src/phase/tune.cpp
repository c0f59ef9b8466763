#include "muonphase/phase/tune.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "muonphase/optimizers/common_options.hpp"
#include "muonphase/optimizers/weight_decay.hpp"
#include "muonphase/phase/full_rate.hpp"

namespace muonphase {
namespace {

constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

bool spectral(const Optimizer& optimizer) {
  return optimizer.description().flow == Flow::spectral || optimizer.description().map;
}

// Newton and Schulz's iterations of an update; an exact polar factor counts as five.
double iterations(const Optimizer& optimizer) {
  constexpr double exact = 5;
  const OptimizerOptions& options = optimizer.options();
  const auto* steps = options.has("steps") ? options.get_if<std::int64_t>("steps") : nullptr;
  return steps ? static_cast<double>(*steps) : exact;
}

double unit_cost(Budget budget, const Optimizer& optimizer, double batch, const Problem& problem) {
  if (budget == Budget::steps) return 1;
  if (budget == Budget::samples) return batch;
  return step_flops(optimizer, batch, problem.n_out(), problem.n_in());
}

// The least horizon at which the risk is down to the target, along a line between logarithms.
double time_to(double target, const Eigen::ArrayXd& horizon, const Eigen::ArrayXd& risk) {
  for (Eigen::Index h = 0; h < horizon.size(); ++h) {
    if (!(risk(h) <= target)) continue;
    if (h == 0 || !std::isfinite(risk(h - 1))) return horizon(h);
    const double part = std::log(risk(h - 1) / target) / std::log(risk(h - 1) / risk(h));
    return horizon(h - 1) * std::pow(horizon(h) / horizon(h - 1), part);
  }
  return unknown;
}

void tune_at(const Problem& problem, const Optimizer& optimizer, const TuneOptions& options, Eigen::Index b,
             TunedOptimizer& tuned) {
  const double cost = unit_cost(options.budget, optimizer, options.batch(b), problem);
  tuned.steps.row(b) = (options.horizon / cost).transpose();
  const Eigen::Index paid = (tuned.steps.row(b) >= 1).count();
  OdeOptions ode = options.ode;
  ode.monitor.progress = {};
  tuned.edge(b) = RateSweep(problem, optimizer, {.closure = Closure::linear, .bases = ode.bases, .seed = ode.seed})
                      .stability_edge();
  if (paid == 0) return;
  for (const Optimizer& candidate : at_weight_decays(optimizer, options.weight_decays)) {
    TunedCurve best;
    try {
      best = best_full_rate(problem, candidate, tuned.steps.row(b).tail(paid).transpose(), ode);
    } catch (const NoResultError&) {  // costs the others nothing
      continue;
    }
    for (Eigen::Index i = 0; i < paid; ++i) {
      const Eigen::Index h = options.horizon.size() - paid + i;
      if (tuned.risk(b, h) <= best.risk(i)) continue;
      tuned.risk(b, h) = best.risk(i);
      tuned.learning_rate(b, h) = best.learning_rate(i);
      tuned.weight_decay(b, h) = candidate.weight_decay();
    }
  }
  for (Eigen::Index i = 0; i < tuned.time.cols(); ++i)
    tuned.time(b, i) = time_to(options.targets[static_cast<std::size_t>(i)], options.horizon.tail(paid),
                             tuned.risk.row(b).tail(paid).transpose());
}

}  // namespace

double step_flops(const Optimizer& optimizer, double batch, double n_out, double n_in) {
  const double gradient = 4 * batch * n_out * n_in;
  if (!spectral(optimizer)) return gradient;
  const double small = std::min(n_out, n_in), large = std::max(n_out, n_in);
  return gradient + iterations(optimizer) * (4 * small * small * large + 2 * small * small * small);
}

std::vector<TunedOptimizer> tune(const ProblemAt& problem, const std::vector<Optimizer>& optimizers,
                                 const TuneOptions& options) {
  const Eigen::Index batches = options.batch.size(), horizons = options.horizon.size();
  const std::size_t pairs = optimizers.size() * static_cast<std::size_t>(batches);
  std::vector<TunedOptimizer> all;
  std::size_t done = 0;
  for (const Optimizer& optimizer : optimizers) {
    TunedOptimizer tuned{.optimizer = optimizer.name(),
                         .steps = Eigen::ArrayXXd(batches, horizons),
                         .risk = Eigen::ArrayXXd::Constant(batches, horizons, unknown),
                         .learning_rate = Eigen::ArrayXXd::Constant(batches, horizons, unknown),
                         .weight_decay = Eigen::ArrayXXd::Constant(batches, horizons, unknown),
                         .edge = Eigen::ArrayXd(batches),
                         .time = Eigen::ArrayXXd::Constant(batches, static_cast<Eigen::Index>(options.targets.size()), unknown)};
    for (Eigen::Index b = 0; b < batches; ++b) {
      tune_at(problem(options.batch(b)), optimizer, options, b, tuned);
      options.ode.monitor.report(++done, pairs);
    }
    all.push_back(std::move(tuned));
  }
  return all;
}

Eigen::ArrayXXi best_of(const std::vector<TunedOptimizer>& tuned) {
  const Eigen::ArrayXXd& first = tuned.front().risk;
  Eigen::ArrayXXi best = Eigen::ArrayXXi::Constant(first.rows(), first.cols(), -1);
  for (Eigen::Index b = 0; b < best.rows(); ++b)
    for (Eigen::Index h = 0; h < best.cols(); ++h) {
      double least = std::numeric_limits<double>::infinity();
      for (std::size_t i = 0; i < tuned.size(); ++i)
        if (tuned[i].risk(b, h) < least) {
          least = tuned[i].risk(b, h);
          best(b, h) = static_cast<int>(i);
        }
    }
  return best;
}

std::vector<std::pair<std::string, double>> rate_conventions(const Optimizer& optimizer, double n_out, double n_in) {
  const double scale = update_scale(optimizer.options(), n_out, n_in);
  const double large = std::max(n_out, n_in);
  if (!spectral(optimizer)) return {};
  return {{"torch.optim.Muon, adjust_lr_fn = \"original\"", scale / std::sqrt(std::max(1.0, n_out / n_in))},
          {"torch.optim.Muon, adjust_lr_fn = \"match_rms_adamw\"", scale / (0.2 * std::sqrt(large))},
          {"spectral scale √(n_out/n_in)", scale / std::sqrt(n_out / n_in)}};
}

}  // namespace muonphase
