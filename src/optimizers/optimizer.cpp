#include "muonphase/optimizers/optimizer.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <Eigen/Eigenvalues>
#include <cmath>
#include <limits>

#include "muonphase/core/error.hpp"

namespace muonphase {
namespace {

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};

template <class S>
Matrix<S> normalised(const Matrix<S>& g) {
  const S norm = g.stableNorm();
  return norm > 0 ? Matrix<S>(g / norm) : Matrix<S>::Zero(g.rows(), g.cols());
}

template <class S>
Matrix<S> entry_signs(const Matrix<S>& g) {
  return g.array().sign();
}

// average ← β average + (1 − β) value, from zero.
template <class S>
void accumulate(OptimizerState<S>& state, std::size_t slot, double beta, const Matrix<S>& value) {
  if (state.averages.size() <= slot) state.averages.resize(slot + 1);
  auto& average = state.averages[slot];
  if (average.size() == 0) {
    average = S(1 - beta) * value;
  } else {
    average = S(beta) * average + S(1 - beta) * value;
  }
}

// What Φ acts on: the gradient without momentum, else M_t or its Nesterov look-ahead.
template <class S, class Rule>
Matrix<S> momentum(const Rule& rule, OptimizerState<S>& state, const Matrix<S>& g) {
  if (rule.momentum == 0) return g;
  accumulate(state, 0, rule.momentum, g);
  if (!rule.nesterov) return state.averages[0];
  return S(rule.momentum) * state.averages[0] + S(1 - rule.momentum) * g;
}

// (A + εI)^{−1/4} over the eigenvalues that are not zero to machine precision.
template <class S>
Matrix<S> inverse_fourth_root(const Matrix<S>& a, double eps) {
  const Eigen::SelfAdjointEigenSolver<Matrix<S>> eigen(a);
  const auto& values = eigen.eigenvalues();
  const S zero = values.cwiseAbs().maxCoeff() * std::numeric_limits<S>::epsilon() * S(a.rows());
  const Vector<S> roots = values.unaryExpr([&](S x) {
    const S shifted = std::max(x, S(0)) + S(eps);
    return shifted > zero ? std::pow(shifted, S(-0.25)) : S(0);
  });
  return eigen.eigenvectors() * roots.asDiagonal() * eigen.eigenvectors().transpose();
}

template <class S>
Matrix<S> adam(const Adam& rule, OptimizerState<S>& state, const Matrix<S>& g) {
  accumulate<S>(state, 0, rule.beta1, g);
  accumulate<S>(state, 1, rule.beta2, g.cwiseAbs2());
  const auto t = static_cast<double>(state.updates);
  const S first = S(1 / (1 - std::pow(rule.beta1, t))), second = S(1 / (1 - std::pow(rule.beta2, t)));
  return state.averages[0].binaryExpr(state.averages[1], [&](S m, S v) {
    const S scale = std::sqrt(second * v) + S(rule.eps);
    return scale > 0 ? first * m / scale : S(0);
  });
}

template <class S>
Matrix<S> shampoo(const Shampoo& rule, OptimizerState<S>& state, const Matrix<S>& g, int threads) {
  accumulate<S>(state, 0, rule.beta, gram<S>(g.transpose(), threads));
  accumulate<S>(state, 1, rule.beta, gram<S>(g, threads));
  const S correction = S(1 / (1 - std::pow(rule.beta, static_cast<double>(state.updates))));
  const Matrix<S> left = inverse_fourth_root<S>(correction * state.averages[0], rule.eps);
  const Matrix<S> right = inverse_fourth_root<S>(correction * state.averages[1], rule.eps);
  return product<S>(product<S>(left, g, threads), right, threads);
}

void check(bool good, std::string_view name, std::string_view option, double value, std::string_view allowed) {
  if (!good) throw StudyError(fmt::format("run.optimizer.{}.{} = {}: must be {}", name, option, value, allowed));
}

void check_fraction(std::string_view name, std::string_view option, double value) {
  check(value >= 0 && value < 1, name, option, value, "in [0, 1)");
}

void check_eps(std::string_view name, double value) {
  check(value >= 0 && std::isfinite(value), name, "eps", value, "finite and ≥ 0");
}

// Moves an option into place and marks it as used.
template <class T>
void take(std::optional<T>& option, T& field) {
  if (option) field = *option;
  option.reset();
}

Muon make_muon(OptimizerOptions& options) {
  Muon muon;
  take(options.momentum, muon.momentum);
  take(options.nesterov, muon.nesterov);
  take(options.steps, muon.steps);
  take(options.coefficients, muon.coefficients);
  std::string how = "newton-schulz";
  take(options.orthogonalization, how);
  if (how != "newton-schulz" && how != "exact")
    throw StudyError(
        fmt::format("run.optimizer.muon.orthogonalization = \"{}\": must be \"newton-schulz\" or \"exact\"", how));
  muon.orthogonalization = how == "exact" ? Orthogonalization::exact : Orthogonalization::newton_schulz;
  check_fraction("muon", "momentum", muon.momentum);
  check(muon.steps >= 1, "muon", "steps", muon.steps, "at least 1");
  for (double c : muon.coefficients) check(std::isfinite(c), "muon", "coefficients", c, "finite");
  return muon;
}

template <class Rule>
Rule make_momentum(std::string_view name, OptimizerOptions& options) {
  Rule rule;
  take(options.momentum, rule.momentum);
  take(options.nesterov, rule.nesterov);
  check_fraction(name, "momentum", rule.momentum);
  return rule;
}

Adam make_adam(OptimizerOptions& options) {
  Adam adam;
  take(options.beta1, adam.beta1);
  take(options.beta2, adam.beta2);
  take(options.eps, adam.eps);
  check_fraction("adam", "beta1", adam.beta1);
  check_fraction("adam", "beta2", adam.beta2);
  check_eps("adam", adam.eps);
  return adam;
}

Shampoo make_shampoo(OptimizerOptions& options) {
  Shampoo shampoo;
  take(options.beta, shampoo.beta);
  take(options.eps, shampoo.eps);
  check_fraction("shampoo", "beta", shampoo.beta);
  check_eps("shampoo", shampoo.eps);
  return shampoo;
}

Optimizer make(std::string_view name, OptimizerOptions& options) {
  if (name == "sgd") return Sgd{};
  if (name == "ngd") return Ngd{};
  if (name == "signsgd") return SignSgd{};
  if (name == "signsvd") return SignSvd{};
  if (name == "nmd") return make_momentum<Nmd>(name, options);
  if (name == "signum") return make_momentum<Signum>(name, options);
  if (name == "muon") return make_muon(options);
  if (name == "adam") return make_adam(options);
  if (name == "shampoo") return make_shampoo(options);
  throw StudyError(
      fmt::format("optimizer \"{}\" is not known: must be one of {}", name, fmt::join(optimizer_names(), ", ")));
}

// The name of the first option that is still set, empty when there is none.
std::string_view left_over(const OptimizerOptions& o) {
  if (o.momentum) return "momentum";
  if (o.nesterov) return "nesterov";
  if (o.orthogonalization) return "orthogonalization";
  if (o.steps) return "steps";
  if (o.coefficients) return "coefficients";
  if (o.beta1) return "beta1";
  if (o.beta2) return "beta2";
  if (o.eps) return "eps";
  if (o.beta) return "beta";
  return {};
}

}  // namespace

const std::vector<std::string>& optimizer_names() {
  static const std::vector<std::string> names{"sgd",    "ngd",  "signsgd", "signsvd", "nmd",
                                              "signum", "muon", "adam",    "shampoo"};
  return names;
}

Optimizer make_optimizer(std::string_view name, const OptimizerOptions& options) {
  OptimizerOptions remaining = options;
  const Optimizer optimizer = make(name, remaining);
  if (const auto option = left_over(remaining); !option.empty())
    throw StudyError(fmt::format("run.optimizer.{}.{}: {} has no such option", name, option, name));
  return optimizer;
}

bool rotation_equivariant(const Optimizer& optimizer) {
  return !std::holds_alternative<SignSgd>(optimizer) && !std::holds_alternative<Signum>(optimizer) &&
         !std::holds_alternative<Adam>(optimizer);
}

template <class S>
Matrix<S> update(const Optimizer& optimizer, OptimizerState<S>& state, const Matrix<S>& g, PolarMethod polar,
                 int threads) {
  ++state.updates;
  return std::visit(Overloaded{[&](const Sgd&) { return g; }, [&](const Ngd&) { return normalised(g); },
                               [&](const SignSgd&) { return entry_signs(g); },
                               [&](const SignSvd&) { return polar_factor(g, polar, threads); },
                               [&](const Nmd& rule) { return normalised(momentum(rule, state, g)); },
                               [&](const Signum& rule) { return entry_signs(momentum(rule, state, g)); },
                               [&](const Muon& rule) {
                                 const Matrix<S> m = momentum(rule, state, g);
                                 return rule.orthogonalization == Orthogonalization::exact
                                            ? polar_factor(m, polar, threads)
                                            : newton_schulz(m, rule.steps, rule.coefficients, threads);
                               },
                               [&](const Adam& rule) { return adam(rule, state, g); },
                               [&](const Shampoo& rule) { return shampoo(rule, state, g, threads); }},
                    optimizer);
}

template Matrix<double> update(const Optimizer&, OptimizerState<double>&, const Matrix<double>&, PolarMethod, int);
template Matrix<float> update(const Optimizer&, OptimizerState<float>&, const Matrix<float>&, PolarMethod, int);

}  // namespace muonphase
