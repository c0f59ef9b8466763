#include "muonphase/optimizers/optimizer.hpp"

#include <fmt/format.h>

#include <mutex>
#include <utility>

#include "muonphase/core/error.hpp"

namespace muonphase {

struct Optimizer::Bound {
  OptimizerDescription description;
  OptimizerOptions options;
  std::once_flag linear_once, full_once;
  LinearClosure linear;
  FullClosure full;
};

Optimizer::Optimizer(OptimizerDescription description, const OptimizerOptions& options)
    : bound_(std::make_shared<Bound>()) {
  bound_->options = complete(description.options, options, description.name);
  bound_->description = std::move(description);
}

const OptimizerDescription& Optimizer::description() const {
  return bound_->description;
}

const OptimizerOptions& Optimizer::options() const {
  return bound_->options;
}

template <class S>
Matrix<S> Optimizer::update(OptimizerState<S>& state, const Gradient<S>& gradient, PolarMethod polar,
                            int threads) const {
  ++state.updates;
  Step<S> step{bound_->options, state, gradient, polar, threads};
  return bound_->description.update(step);
}

template Matrix<double> Optimizer::update(OptimizerState<double>&, const Gradient<double>&, PolarMethod, int) const;
template Matrix<float> Optimizer::update(OptimizerState<float>&, const Gradient<float>&, PolarMethod, int) const;

double Optimizer::weight_decay() const {
  return options().has("weight_decay") ? options().number("weight_decay") : 0;
}

Window Optimizer::window() const {
  return description().window ? description().window(options()) : Window{};
}

bool Optimizer::has_linear() const {
  return static_cast<bool>(description().linear);
}

bool Optimizer::has_full() const {
  return static_cast<bool>(description().full);
}

const LinearClosure& Optimizer::linear() const {
  if (!has_linear()) throw StudyError(fmt::format("{}: has no linear closure", name()));
  std::call_once(bound_->linear_once, [this] { bound_->linear = description().linear(options()); });
  return bound_->linear;
}

const FullClosure& Optimizer::full() const {
  if (!has_full()) throw StudyError(fmt::format("{}: has no full closure", name()));
  std::call_once(bound_->full_once, [this] { bound_->full = description().full(options()); });
  return bound_->full;
}

std::vector<Coefficients> linear_coefficients(const Problem& problem, const Optimizer& optimizer,
                                              const LinearOptions& options) {
  if (problem.linear_layer() && !optimizer.description().linear_layer)
    throw UnsupportedError("problem.model", "\"bilinear\" for curves of " + optimizer.name());
  return optimizer.linear()(problem, options);
}

}  // namespace muonphase
