#pragma once
#include <Eigen/Core>
#include <string>
#include <variant>

namespace muonphase {

/// Learning-rate schedules η(t), t in steps. All rates are finite and ≥ 0.
struct ConstantRate {
  double eta = 0;
};
/// η_0 (1 + t/t_0)^(−γ), t_0 > 0.
struct PowerRate {
  double eta0 = 0, t0 = 1, gamma = 0;
};
/// Warm-up, stable, decay: linear from 0 to η_0 over the first `warmup`, linear to 0 over the last `decay`; both are
/// fractions of the run in [0, 1] with warmup + decay ≤ 1.
struct WsdRate {
  double eta0 = 0, warmup = 0, decay = 0;
};
/// Warm-up, then decay over all that is left: linear from 0 to η_0 over the first `warmup`, a fraction of the run in
/// [0, 1], then down to final · η_0, `final` in [0, 1], along half a cosine or a line.
struct DecayRate {
  enum class Shape { cosine, linear };
  Shape shape = Shape::cosine;
  double eta0 = 0, warmup = 0, final = 0;
};
/// Linear between the given points, constant beyond them. Steps increase strictly from ≥ 0.
struct TableRate {
  Eigen::ArrayXd step, rate;
};
/// `scale` times the rate that minimises dR/dt at each instant; needs the deterministic equivalent's drift and
/// diffusion.
struct GreedyRate {
  double scale = 1;
};

using LearningRate = std::variant<ConstantRate, PowerRate, WsdRate, DecayRate, TableRate, GreedyRate>;

/// η(t) of a schedule that depends on time alone, in a run of `horizon` steps. StudyError for GreedyRate.
double rate_at(const LearningRate& schedule, double t, double horizon);

/// The schedule with `factor` > 0 times its rates; the greedy one stays, since it follows from drift and diffusion.
LearningRate times(LearningRate schedule, double factor);

/// Checks the schedule's parameters; StudyError names `key`, the value and what is allowed.
void validate(const LearningRate& schedule, const std::string& key);

}  // namespace muonphase
