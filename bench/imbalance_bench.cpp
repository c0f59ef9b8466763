// A step of spectral descent on 10⁴ samples × 1000 dimensions × 50 classes, beside its floor: the matrix products that
// no full-batch step can do without, by the same kernel.
//
//     build/bench/imbalance_bench --benchmark_repetitions=5 --benchmark_report_aggregates_only=true
//
// least_squares_step: the gradient W Σ_xx − Σ_yx from the sample's moments (made once) and the exact polar factor;
// floor one product [50 × 1000][1000 × 1000]. cross_entropy_step: logits, softmax, gradient and polar factor; floor two
// products of the inputs with 50 columns. The argument is the number of threads; `floors` counts how many floors a step
// costs, by the shortest processor times of each.
#include <benchmark/benchmark.h>

#include <ctime>

#include "muonphase/imbalance/classifier.hpp"
#include "muonphase/imbalance/sample.hpp"
#include "muonphase/imbalance/softmax.hpp"
#include "muonphase/optimizers/registry.hpp"

using namespace muonphase;

namespace {

constexpr Eigen::Index samples = 10000, dimension = 1000, classes = 50;

struct Task {
  Mixture mixture{zipf_priors(classes), Eigen::ArrayXd::Constant(classes, 1.0), 0.3, dimension};
  Draws draws{1, 0};
  Eigen::MatrixXd directions = draws.directions(mixture);
  Sample sample = draws.sample(mixture, directions, samples);
  Moments moments = sample_moments(sample, classes);
};

const Task& task() {
  static const Task once;
  return once;
}

/// Processor time of all threads: what else the machine does matters little to it.
double seconds() {
  return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

/// The shortest of a few runs.
template <typename Work>
double floor_of(const Work& work) {
  double shortest = 1e300;
  for (int i = 0; i < 10; ++i) {
    const double start = seconds();
    work();
    shortest = std::min(shortest, seconds() - start);
  }
  return shortest;
}

/// Runs `step` under the benchmark and compares its shortest time with the floor.
template <typename Step>
void measure(benchmark::State& state, const Step& step, double floor) {
  double shortest = 1e300;
  for (auto _ : state) {
    const double start = seconds();
    step();
    shortest = std::min(shortest, seconds() - start);
  }
  state.counters["floor_ms"] = 1e3 * floor;
  state.counters["shortest_ms"] = 1e3 * shortest;
  state.counters["floors"] = shortest / floor;
}

const Optimizer& signsvd() {
  static const Optimizer optimizer = make_optimizer("signsvd");
  return optimizer;
}

void least_squares_step(benchmark::State& state) {
  const int threads = static_cast<int>(state.range(0));
  Eigen::MatrixXd w = Eigen::MatrixXd::Zero(classes, dimension);
  OptimizerState<double> memory;
  const auto gradient = [&]() -> Eigen::MatrixXd {
    return product<double>(task().moments.xx, w.transpose(), threads).transpose();
  };
  const auto step = [&] {
    w -= 1e-3 * signsvd().update<double>(memory, Matrix<double>(gradient() - task().moments.yx), PolarMethod::automatic,
                                         threads);
  };
  step();
  measure(state, step, floor_of([&] { benchmark::DoNotOptimize(gradient()); }));
}

void cross_entropy_step(benchmark::State& state) {
  const int threads = static_cast<int>(state.range(0));
  const Eigen::MatrixXd target = weighted_targets(task().sample.label, Eigen::ArrayXd::Ones(classes));
  Network network{{Eigen::MatrixXd::Zero(classes, dimension)}, false, true};
  OptimizerState<double> memory;
  const auto step = [&] {
    const Eigen::MatrixXd z = logits(network, task().sample.input, threads);
    const Layers gradient = backward(network, task().sample.input, cross_entropy(z, target, threads).gradient, threads);
    network.layers[0] -= 1e-3 * signsvd().update<double>(memory, gradient[0], PolarMethod::automatic, threads);
  };
  step();
  const Eigen::MatrixXd slope = Eigen::MatrixXd::Ones(samples, classes);
  measure(state, step, floor_of([&] {
            benchmark::DoNotOptimize(logits(network, task().sample.input, threads));
            benchmark::DoNotOptimize(backward(network, task().sample.input, slope, threads));
          }));
}

}  // namespace

BENCHMARK(least_squares_step)->Arg(1)->Arg(2)->Unit(benchmark::kMillisecond)->MeasureProcessCPUTime();
BENCHMARK(cross_entropy_step)->Arg(1)->Arg(2)->Unit(benchmark::kMillisecond)->MeasureProcessCPUTime();
