#include "muonphase/imbalance/closed_form.hpp"

#include <algorithm>
#include <boost/math/tools/toms748_solve.hpp>
#include <boost/numeric/odeint.hpp>
#include <cmath>
#include <limits>
#include <vector>

namespace muonphase {
namespace {

namespace odeint = boost::numeric::odeint;

/// The path of gradient flow and its speed, by the time τ of gradient flow.
struct Path {
  Eigen::ArrayXd optimum, rate, cross;

  explicit Path(const Mixture& mixture)
      : optimum(mixture.optimum()), rate(mixture.input_eigenvalue()), cross(mixture.cross_singular_value()) {}
  Eigen::ArrayXd at(double tau) const {
    return -optimum * (-rate * tau).unaryExpr([](double x) { return std::expm1(x); });
  }
  double speed(double tau) const { return (cross * (-rate * tau).exp()).matrix().norm(); }
};

/// u_c(t), w = u^L, of L-layer gradient flow: du/dt = u^(L−1) (s^yx − s^xx u^L).
Eigen::ArrayXd integrate_layer(double cross, double eigenvalue, int depth, double start, const Eigen::ArrayXd& time,
                               const Monitor& monitor) {
  const auto flow = [&, cross, eigenvalue, depth](double u, double& du, double) {
    monitor.check();
    const double tail = std::pow(u, depth - 1);
    du = tail * (cross - eigenvalue * tail * u);
  };
  const auto stepper = odeint::make_controlled(1e-14, 1e-12, odeint::runge_kutta_dopri5<double>());
  Eigen::ArrayXd path(time.size());
  double u = start, now = 0;
  for (Eigen::Index i = 0; i < time.size(); ++i) {
    if (time(i) > now) odeint::integrate_adaptive(stepper, flow, u, now, time(i), 0.1 * (time(i) - now));
    now = time(i);
    path(i) = u;
  }
  return path;
}

}  // namespace

Eigen::ArrayXXd gradient_descent_components(const Mixture& mixture, double eta, const Eigen::ArrayXd& step) {
  const Eigen::ArrayXd optimum = mixture.optimum(), factor = 1 - eta * mixture.input_eigenvalue();
  Eigen::ArrayXXd component(step.size(), mixture.classes());
  for (Eigen::Index i = 0; i < step.size(); ++i)
    component.row(i) = (optimum * (1 - factor.unaryExpr([&](double f) { return std::pow(f, step(i)); }))).transpose();
  return component;
}

Eigen::ArrayXXd gradient_flow_components(const Mixture& mixture, const Eigen::ArrayXd& time) {
  const Path path(mixture);
  Eigen::ArrayXXd component(time.size(), mixture.classes());
  for (Eigen::Index i = 0; i < time.size(); ++i) component.row(i) = path.at(time(i)).transpose();
  return component;
}

Eigen::ArrayXXd spectral_flow_components(const Mixture& mixture, const Eigen::ArrayXd& time) {
  return deep_spectral_flow_components(mixture, 1, 0, time);
}

Eigen::ArrayXXd normalized_flow_components(const Mixture& mixture, const Eigen::ArrayXd& time) {
  const Path path(mixture);
  const double slowest = path.rate.minCoeff();
  auto stepper = odeint::make_dense_output(1e-14, 1e-12, odeint::runge_kutta_dopri5<double>());
  const auto length_rate = [&](double, double& rate, double tau) { rate = path.speed(tau); };
  stepper.initialize(0.0, 0.0, 0.01 / path.rate.maxCoeff());

  Eigen::ArrayXXd component(time.size(), mixture.classes());
  bool arrived = false;
  for (Eigen::Index i = 0; i < time.size(); ++i) {
    while (!arrived && stepper.current_state() < time(i)) {
      stepper.do_step(length_rate);
      // What is left of the path is at most speed/slowest.
      arrived = path.speed(stepper.current_time()) < 1e-15 * slowest * path.optimum.matrix().norm();
    }
    if (stepper.current_state() < time(i)) {
      component.row(i) = path.optimum.transpose();
      continue;
    }
    const auto excess = [&](double tau) {
      double length;
      stepper.calc_state(tau, length);
      return length - time(i);
    };
    double tau = stepper.previous_time();
    if (time(i) > 0 && excess(tau) < 0) {
      std::uintmax_t iterations = 100;
      tau = boost::math::tools::toms748_solve(excess, tau, stepper.current_time(),
                                              boost::math::tools::eps_tolerance<double>(50), iterations)
                .first;
    }
    component.row(i) = path.at(tau).transpose();
  }
  return component;
}

Eigen::ArrayXXd deep_spectral_flow_components(const Mixture& mixture, int depth, double start,
                                              const Eigen::ArrayXd& time) {
  const Eigen::ArrayXd optimum = mixture.optimum();
  Eigen::ArrayXXd component(time.size(), mixture.classes());
  for (Eigen::Index i = 0; i < time.size(); ++i)
    component.row(i) = optimum.min(std::pow(start + time(i), depth)).transpose();
  return component;
}

Eigen::ArrayXXd deep_gradient_flow_components(const Mixture& mixture, int depth, double start,
                                              const Eigen::ArrayXd& time, const Monitor& monitor) {
  const Eigen::ArrayXd optimum = mixture.optimum(), eigenvalue = mixture.input_eigenvalue(),
                       cross = mixture.cross_singular_value();
  const double initial = std::pow(start, depth);
  Eigen::ArrayXXd component(time.size(), mixture.classes());
  for (Eigen::Index c = 0; c < mixture.classes(); ++c) {
    if (depth == 1)
      component.col(c) = optimum(c) + (initial - optimum(c)) * (-eigenvalue(c) * time).exp();
    else if (depth == 2)
      component.col(c) = optimum(c) / (1 + (optimum(c) / initial - 1) * (-2 * cross(c) * time).exp());
    else
      component.col(c) = integrate_layer(cross(c), eigenvalue(c), depth, start, time, monitor).pow(depth);
  }
  return component;
}

Eigen::ArrayXd spectral_saturation_times(const Mixture& mixture, int depth, double start) {
  return mixture.optimum().pow(1.0 / depth) - start;
}

Eigen::ArrayXd saturation_times(const Eigen::ArrayXd& time, const Eigen::ArrayXXd& component,
                                const Eigen::ArrayXd& optimum, double fraction) {
  Eigen::ArrayXd reached = Eigen::ArrayXd::Constant(optimum.size(), std::numeric_limits<double>::quiet_NaN());
  for (Eigen::Index c = 0; c < optimum.size(); ++c) {
    const double level = fraction * optimum(c);
    for (Eigen::Index i = 0; i < time.size() && std::isnan(reached(c)); ++i) {
      if (component(i, c) < level) continue;
      if (i == 0)
        reached(c) = time(0);
      else
        reached(c) = time(i - 1) +
                     (time(i) - time(i - 1)) * (level - component(i - 1, c)) / (component(i, c) - component(i - 1, c));
    }
  }
  return reached;
}

}  // namespace muonphase
