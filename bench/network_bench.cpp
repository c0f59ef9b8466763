// An epoch of a network on 3000 coloured digits' worth of inputs (800 inputs, batches of 100), beside its floor: the
// matrix products that no step can do without, by the same kernel: a layer's outputs, the gradient by its weights, and
// the gradient by its inputs for every layer but the first; for Muon also the products of five Newton–Schulz steps.
//
//     build/bench/network_bench
//
// Processor time of one thread. An epoch is a fifth of the difference between runs of six epochs and of one, so that
// what is recorded at the ends does not count; the shortest of five.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <ctime>
#include <string>
#include <vector>

#include "muonphase/core/matrix.hpp"
#include "muonphase/imbalance/network_run.hpp"
#include "muonphase/optimizers/registry.hpp"

using namespace muonphase;

namespace {

constexpr Eigen::Index samples = 3000, inputs = 800, batch = 100;
const std::vector<Eigen::Index> four_layers{inputs, 200, 100, 50, 2}, two_layers{inputs, 200, 2};

const SplitData& data() {
  static const SplitData once =
      mixture_data({step_priors(2, 1), Eigen::ArrayXd::Constant(2, 1.0), 0.3, inputs}, samples, 20, Draws{1, 0});
  return once;
}

double seconds() {
  return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

template <typename Work>
double shortest(int times, const Work& work) {
  double least = 1e300;
  for (int i = 0; i < times; ++i) {
    const double start = seconds();
    work();
    least = std::min(least, seconds() - start);
  }
  return least;
}

double run_seconds(const Optimizer& optimizer, const std::vector<Eigen::Index>& widths, int epochs, int times) {
  const NetworkTraining training{.optimizer = optimizer,
                                 .schedule = ConstantRate{1e-3},
                                 .record = Eigen::ArrayXd{{0.0, static_cast<double>(epochs * samples / batch)}},
                                 .batch = batch};
  const Draws draws{1, 0};
  return shortest(times, [&] {
    Perceptron network = he_start(widths, draws);
    train_network(data(), network, training, draws);
  });
}

// The products of a step of Newton–Schulz on a tall matrix.
void newton_schulz_products(const Eigen::MatrixXd& tall) {
  const Eigen::MatrixXd square = gram<double>(tall, 1);
  benchmark::DoNotOptimize(symmetric_product<double>(square, square, 1));
  benchmark::DoNotOptimize(product<double>(tall, square, 1));
}

// The products of an epoch.
double floor_seconds(const std::vector<Eigen::Index>& widths, bool muon) {
  std::vector<Eigen::MatrixXd> weight, value{Eigen::MatrixXd::Random(batch, widths[0])};
  for (std::size_t l = 0; l + 1 < widths.size(); ++l) {
    weight.emplace_back(Eigen::MatrixXd::Random(widths[l + 1], widths[l]));
    value.emplace_back(Eigen::MatrixXd::Random(batch, widths[l + 1]));
  }
  return shortest(10, [&] {
    for (Eigen::Index step = 0; step < samples / batch; ++step)
      for (std::size_t l = 0; l < weight.size(); ++l) {
        benchmark::DoNotOptimize(product<double>(value[l], weight[l].transpose(), 1));
        benchmark::DoNotOptimize(transposed_product<double>(value[l + 1], value[l], 1));
        if (l > 0) benchmark::DoNotOptimize(product<double>(value[l + 1], weight[l], 1));
        for (int i = 0; muon && i < 5; ++i) newton_schulz_products(weight[l].transpose());
      }
  });
}

void epoch(benchmark::State& state, const char* name, const std::vector<Eigen::Index>& widths, int epochs, int times) {
  const Optimizer optimizer = make_optimizer(name);
  for (auto _ : state) {
    const double one =
        (run_seconds(optimizer, widths, epochs + 1, times) - run_seconds(optimizer, widths, 1, times)) / epochs;
    const double floor = floor_seconds(widths, std::string(name) == "muon");
    state.counters["epoch_ms"] = 1e3 * one;
    state.counters["floor_ms"] = 1e3 * floor;
    state.counters["floors"] = one / floor;
  }
}

}  // namespace

#define EPOCH(NAME, EPOCHS, TIMES)                                                                \
  BENCHMARK_CAPTURE(epoch, NAME##_four_layers, #NAME, four_layers, EPOCHS, TIMES)->Iterations(1); \
  BENCHMARK_CAPTURE(epoch, NAME##_two_layers, #NAME, two_layers, EPOCHS, TIMES)->Iterations(1)

EPOCH(sgd, 5, 5);
EPOCH(nmd, 5, 5);
EPOCH(signum, 5, 5);
EPOCH(adam, 5, 5);
EPOCH(muon, 5, 5);
EPOCH(shampoo, 1, 1);
