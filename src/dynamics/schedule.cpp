#include "muonphase/dynamics/schedule.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "muonphase/core/error.hpp"

namespace muonphase {
namespace {

double at(const ConstantRate& rate, double, double) {
  return rate.eta;
}

double at(const PowerRate& rate, double t, double) {
  return rate.eta0 * std::pow(1 + t / rate.t0, -rate.gamma);
}

double at(const WsdRate& rate, double t, double horizon) {
  const double up = rate.warmup > 0 ? t / (rate.warmup * horizon) : 1;
  const double down = rate.decay > 0 ? (horizon - t) / (rate.decay * horizon) : 1;
  return rate.eta0 * std::clamp(std::min(up, down), 0.0, 1.0);
}

double at(const DecayRate& rate, double t, double horizon) {
  const double warm = rate.warmup * horizon;
  if (t < warm) return rate.eta0 * t / warm;
  const double part = horizon > warm ? std::min(1.0, (t - warm) / (horizon - warm)) : 0;
  const double height =
      rate.shape == DecayRate::Shape::cosine ? 0.5 * (1 + std::cos(M_PI * part)) : 1 - part;
  return rate.eta0 * std::lerp(rate.final, 1.0, height);
}

double at(const TableRate& table, double t, double) {
  const auto* first = table.step.data();
  const auto* last = first + table.step.size();
  const auto right = std::upper_bound(first, last, t) - first;
  if (right == 0) return table.rate(0);
  if (right == table.step.size()) return table.rate(right - 1);
  const double fraction = (t - table.step(right - 1)) / (table.step(right) - table.step(right - 1));
  return std::lerp(table.rate(right - 1), table.rate(right), fraction);
}

double at(const GreedyRate&, double, double) {
  throw StudyError("the greedy schedule follows the state of the risk, not time alone");
}

void require(bool holds, const std::string& key, double value, const char* allowed) {
  if (!holds) throw StudyError(fmt::format("{} = {}: must be {}", key, value, allowed));
}

void require_rate(double value, const std::string& key) {
  require(std::isfinite(value) && value >= 0, key, value, "a finite number ≥ 0");
}

void check(const ConstantRate& rate, const std::string& key) {
  require_rate(rate.eta, key);
}

void check(const PowerRate& rate, const std::string& key) {
  require_rate(rate.eta0, key + ".eta0");
  require(std::isfinite(rate.t0) && rate.t0 > 0, key + ".t0", rate.t0, "a finite number > 0");
  require(std::isfinite(rate.gamma), key + ".gamma", rate.gamma, "a finite number");
}

void check(const WsdRate& rate, const std::string& key) {
  require_rate(rate.eta0, key + ".eta0");
  require(rate.warmup >= 0 && rate.warmup <= 1, key + ".warmup", rate.warmup, "a fraction of the run, in [0, 1]");
  require(rate.decay >= 0 && rate.decay <= 1, key + ".decay", rate.decay, "a fraction of the run, in [0, 1]");
  require(rate.warmup + rate.decay <= 1, key + ".decay", rate.decay, "at most 1 − warmup");
}

void check(const DecayRate& rate, const std::string& key) {
  require_rate(rate.eta0, key + ".eta0");
  require(rate.warmup >= 0 && rate.warmup <= 1, key + ".warmup", rate.warmup, "a fraction of the run, in [0, 1]");
  require(rate.final >= 0 && rate.final <= 1, key + ".final", rate.final, "a fraction of eta0, in [0, 1]");
}

void check(const TableRate& table, const std::string& key) {
  if (table.step.size() == 0 || table.step.size() != table.rate.size())
    throw StudyError(fmt::format("{}: step and rate must be lists of one length ≥ 1 (have {} and {})", key,
                                 table.step.size(), table.rate.size()));
  for (Eigen::Index i = 0; i < table.step.size(); ++i) {
    require(std::isfinite(table.step(i)) && table.step(i) >= 0 && (i == 0 || table.step(i) > table.step(i - 1)),
            key + ".step", table.step(i), "finite, ≥ 0 and above the step before it");
    require_rate(table.rate(i), key + ".rate");
  }
}

void multiply(ConstantRate& rate, double factor) {
  rate.eta *= factor;
}

void multiply(TableRate& table, double factor) {
  table.rate *= factor;
}

void multiply(GreedyRate&, double) {}

template <class T>
void multiply(T& rate, double factor) {
  rate.eta0 *= factor;
}

void check(const GreedyRate& rate, const std::string& key) {
  require(std::isfinite(rate.scale) && rate.scale > 0, key + ".scale", rate.scale, "a finite number > 0");
}

}  // namespace

double rate_at(const LearningRate& schedule, double t, double horizon) {
  return std::visit([&](const auto& rate) { return at(rate, t, horizon); }, schedule);
}

LearningRate times(LearningRate schedule, double factor) {
  std::visit([&](auto& rate) { multiply(rate, factor); }, schedule);
  return schedule;
}

void validate(const LearningRate& schedule, const std::string& key) {
  std::visit([&](const auto& rate) { check(rate, key); }, schedule);
}

}  // namespace muonphase
