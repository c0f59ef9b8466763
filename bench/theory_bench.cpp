// The deterministic side: a coefficient solve, one trajectory, one cell of the phase map, the default map; and the
// machine's floor in the same run (fused multiply-adds and exponentials per second on one core), so that ratios do not
// depend on what else runs.
#include <benchmark/benchmark.h>

#include "muonphase/closures/linear/coefficients.hpp"
#include "muonphase/dynamics/integrate.hpp"
#include "muonphase/phase/phase_map.hpp"

namespace {

using namespace muonphase;

Problem one_sided(double dimension, double alpha, double beta) {
  PhaseOptions options;
  options.dimension = dimension;
  return phase_problem(options, {alpha, beta});
}

Eigen::ArrayXd default_horizons() {
  return Eigen::ArrayXd::LinSpaced(64, 0, std::log(1e9)).exp();
}

// y ← a y + b x on 128 × 128 doubles in L2: the floor of the sweep's inner loop.
void FloorMultiplyAdd(benchmark::State& state) {
  Eigen::ArrayXXd y = Eigen::ArrayXXd::Constant(128, 128, 1), x = y;
  for (auto _ : state) {
    y = 0.999 * y + 0.001 * x;
    benchmark::DoNotOptimize(y.data());
    benchmark::ClobberMemory();
  }
  state.counters["flops"] = benchmark::Counter(3.0 * 128 * 128, benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK(FloorMultiplyAdd);

void FloorExponential(benchmark::State& state) {
  std::vector<double> x(4096, -1.5), y(4096);
  for (auto _ : state) {
    for (std::size_t i = 0; i < x.size(); ++i) y[i] = std::exp(x[i]);
    benchmark::DoNotOptimize(y.data());
    benchmark::ClobberMemory();
  }
  state.counters["exp"] = benchmark::Counter(4096, benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK(FloorExponential);

void CoefficientsEightyNodes(benchmark::State& state) {
  const Problem p = one_sided(1e6, 2.0, 0);
  for (auto _ : state) benchmark::DoNotOptimize(signsvd_coefficients(p, {.nodes = 80}).drift.data());
}
BENCHMARK(CoefficientsEightyNodes)->Unit(benchmark::kMillisecond);

void CoefficientsFiniteBatch(benchmark::State& state) {
  Problem p = one_sided(1e6, 2.0, 0);
  p.batch = 3e5;
  for (auto _ : state) benchmark::DoNotOptimize(signsvd_coefficients(p).drift.data());
}
BENCHMARK(CoefficientsFiniteBatch)->Unit(benchmark::kMillisecond);

void CoefficientsTwoSided(benchmark::State& state) {
  Problem p = one_sided(1e6, 2.0, 0);
  p.output = power_law_spectrum(1e6, 0.5);
  for (auto _ : state) benchmark::DoNotOptimize(signsvd_coefficients(p, {.step = 0.6}).drift.data());
}
BENCHMARK(CoefficientsTwoSided)->Unit(benchmark::kMillisecond);

void Trajectory(benchmark::State& state) {
  const Problem p = one_sided(1e6, 1.4, 0.6);
  const ModeEquation eq = mode_equation(p, signsvd_coefficients(p));
  const Eigen::ArrayXd steps = recorded_steps(1e9, 200);
  for (auto _ : state) benchmark::DoNotOptimize(integrate(eq, ConstantRate{1e-4}, steps).risk.data());
}
BENCHMARK(Trajectory)->Unit(benchmark::kMillisecond);

void PhaseCellTuned(benchmark::State& state) {
  const Problem p = one_sided(std::pow(10.0, static_cast<double>(state.range(0))), 1.4, 0.6);
  const ModeEquation eq = mode_equation(p, signsvd_coefficients(p));
  for (auto _ : state) benchmark::DoNotOptimize(best_constant_rate(eq, default_horizons()).risk.data());
}
BENCHMARK(PhaseCellTuned)->Arg(6)->Arg(12)->Unit(benchmark::kMillisecond);

void DefaultDiagram(benchmark::State& state) {
  PhaseOptions options;
  options.horizon = default_horizons();
  options.dimension = std::pow(10.0, static_cast<double>(state.range(0)));
  for (auto _ : state) benchmark::DoNotOptimize(compute_phase_map(options).cells.data());
}
BENCHMARK(DefaultDiagram)
    ->Arg(6)
    ->Arg(12)
    ->Unit(benchmark::kSecond)
    ->Iterations(1)
    ->UseRealTime()
    ->MeasureProcessCPUTime();

}  // namespace
