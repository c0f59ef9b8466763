#include "muonphase/dynamics/full_ode.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <exception>
#include <functional>
#include <vector>

#include "muonphase/closures/full/full_muon.hpp"
#include "muonphase/closures/full/full_sgd.hpp"
#include "muonphase/closures/full/full_signsgd.hpp"
#include "muonphase/closures/full/full_signsvd.hpp"
#include "muonphase/closures/full/full_signsvd_given.hpp"
#include "muonphase/closures/full/full_signsvd_profile.hpp"
#include "muonphase/closures/full/full_signum.hpp"
#include "muonphase/closures/linear/linear_coefficients.hpp"
#include "muonphase/core/error.hpp"
#include "muonphase/dynamics/systems/second_moment.hpp"
#include "muonphase/problem/basis.hpp"

namespace muonphase {
namespace {

template <class Rates>
auto watched(Rates rates, const Monitor& monitor) {
  return [rates = std::move(rates), &monitor](const auto& state) mutable {
    monitor.check();
    return rates(state);
  };
}

// SignSGD, or Signum where `momentum` is given. `start` is a given Δ_0 [n, d], or empty.
RiskCurve signsgd_curve(const Problem& problem, const Eigen::MatrixXd& start, const LearningRate& schedule,
                        const Eigen::ArrayXd& recorded, std::uint64_t draw, const FullOdeOptions& options,
                        const Momentum* momentum = nullptr) {
  const bool output = !problem.output.isotropic(), input = !problem.input.isotropic();
  const bool generic_output = !output || problem.output_basis == Basis::generic;
  const bool generic_input = input ? problem.input_basis == Basis::generic : !problem.input.exact();
  const auto quasilinear = [&](auto rates) {
    return integrate_quasilinear(problem, watched(std::move(rates), options.monitor), schedule, recorded,
                                 options.integrator);
  };
  if (generic_output && generic_input)
    return momentum ? quasilinear(FullSignum(problem, *momentum)) : quasilinear(FullSignSgdGeneric(problem));
  if ((output && generic_output) || (input && generic_input))
    throw StudyError("problem.output.basis, problem.input.basis: must both be \"generic\" or neither");
  require_explicit_basis(problem);
  const Basis input_basis = input ? problem.input_basis : Basis::eigen;
  const Eigen::MatrixXd q_in = draw_basis(input_basis, problem.input.nodes(), options.seed, 2 * draw);
  if (momentum && problem.output.nodes() == 1) {
    const Eigen::MatrixXd moment =
        start.size() == 0 ? initial_moment(problem) : Eigen::MatrixXd(start.transpose() * start);
    return integrate_second_moment(problem, moment,
                                   watched(FullSignumCoupled(problem, *momentum, q_in), options.monitor), schedule,
                                   recorded, options.integrator);
  }
  if (problem.output.nodes() == 1) {
    FullSignSgd closure(problem, q_in, options.closure);
    if (start.size() == 0)
      return integrate_second_moment(problem, initial_moment(problem), watched(std::move(closure), options.monitor),
                                     schedule, recorded, options.integrator);
    const auto response = [&](const Eigen::MatrixXd& moment) {
      options.monitor.check();
      return closure.response(moment);
    };
    return integrate_entries(problem, start, q_in, response, schedule, recorded, options.integrator);
  }
  const Eigen::MatrixXd q_out =
      draw_basis(output ? problem.output_basis : Basis::eigen, problem.output.nodes(), options.seed, 2 * draw + 1);
  if (momentum) return quasilinear(FullSignum(problem, *momentum, q_out, q_in));
  return integrate_two_sided(problem, start, q_out, q_in, options.monitor, schedule, recorded, options.integrator);
}

}  // namespace

RiskCurve full_curve(const Problem& problem, const std::string& optimizer, const LearningRate& schedule,
                     const Eigen::ArrayXd& recorded, std::uint64_t draw, const FullOdeOptions& options) {
  if (optimizer == "signsgd") return signsgd_curve(problem, {}, schedule, recorded, draw, options);
  if (optimizer == "signum")
    return signsgd_curve(problem, {}, schedule, recorded, draw, options, &options.rules.signum);
  RateFunction rates;
  if (optimizer == "sgd")
    rates = FullSgd(problem);
  else if (optimizer == "signsvd" && problem.output.nodes() == 1)
    rates = FullSignSvd(problem, options.closure);
  else if (optimizer == "signsvd")
    rates = FullSignSvdProfile(problem, options.closure);
  else if (optimizer == "muon")
    rates = FullMuon(problem, options.rules.muon, options.closure);
  else
    throw StudyError(fmt::format("{}: has no deterministic equivalent; those of {} are known", optimizer,
                                 fmt::join(linear_optimizers(), ", ")));
  return integrate_quasilinear(problem, watched(std::move(rates), options.monitor), schedule, recorded,
                               options.integrator);
}

RiskCurve full_curve_from(const Problem& problem, const Eigen::MatrixXd& start, const std::string& optimizer,
                          const LearningRate& schedule, const Eigen::ArrayXd& recorded, std::uint64_t draw,
                          const FullOdeOptions& options) {
  Problem own = problem;
  own.energy = energy_of(problem.output, problem.input, start);
  if (optimizer == "signsgd") return signsgd_curve(own, start, schedule, recorded, draw, options);
  if (optimizer == "signum") return signsgd_curve(own, start, schedule, recorded, draw, options, &options.rules.signum);
  if (optimizer == "signsvd" && problem.output.nodes() == 1)
    return integrate_given(own, start.transpose() * start,
                           watched(FullSignSvdGiven(own, options.closure), options.monitor), schedule, recorded,
                           options.integrator);
  if (optimizer == "signsvd")
    return integrate_profile(own, start, watched(FullSignSvdProfile(own, options.closure), options.monitor), schedule,
                             recorded, options.integrator);
  return full_curve(own, optimizer, schedule, recorded, draw, options);
}

bool sees_random_basis(const Problem& problem, const std::string& optimizer) {
  const auto random = [](const Spectrum& side, Basis basis) {
    return !side.isotropic() && (basis == Basis::haar || basis == Basis::hadamard);
  };
  return (optimizer == "signsgd" || optimizer == "signum") &&
         (random(problem.input, problem.input_basis) || random(problem.output, problem.output_basis));
}

RiskCurve full_mean_curve(const Problem& problem, const std::string& optimizer, const LearningRate& schedule,
                          const Eigen::ArrayXd& recorded, int draws, const FullOdeOptions& options) {
  if (!sees_random_basis(problem, optimizer)) return full_curve(problem, optimizer, schedule, recorded, 0, options);
  std::vector<RiskCurve> curves(static_cast<std::size_t>(draws));
  std::exception_ptr error;
#pragma omp parallel for schedule(dynamic)
  for (std::size_t draw = 0; draw < curves.size(); ++draw) {
    try {
      curves[draw] = full_curve(problem, optimizer, schedule, recorded, draw, options);
    } catch (...) {
#pragma omp critical
      error = std::current_exception();
    }
  }
  if (error) std::rethrow_exception(error);
  return mean_curve(curves);
}

}  // namespace muonphase
