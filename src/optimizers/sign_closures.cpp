// Signs of the entries of windowed gradients: which equations for which bases, and which state they move.
#include <exception>

#include "muonphase/closures/full/full_sign.hpp"
#include "muonphase/closures/full/full_signsgd.hpp"
#include "muonphase/dynamics/systems/layer_signs.hpp"
#include "muonphase/dynamics/systems/second_moment.hpp"
#include "muonphase/problem/basis.hpp"
#include "optimizers/pairing.hpp"

namespace muonphase {
namespace {

// The eigenbasis needs no matrix.
Coefficients explicit_coefficients(const Problem& problem, const Window& window, const SeenBases& seen,
                                   std::uint64_t seed, std::uint64_t draw, const Monitor& monitor) {
  if (seen.output == Basis::eigen && seen.input == Basis::eigen) return signsgd_coefficients(problem, {}, {}, window);
  BasisPair bases = draw_bases(problem, seen, seed, draw, monitor);
  if (seen.output == Basis::eigen) bases.output.resize(0, 0);
  if (seen.input == Basis::eigen) bases.input.resize(0, 0);
  return signsgd_coefficients(problem, bases.output, bases.input, window);
}

std::vector<Coefficients> sign_coefficients(const Problem& problem, const Window& window,
                                            const LinearOptions& options) {
  const SeenBases seen = seen_bases(problem);
  if (seen.flat) return {signsgd_generic_coefficients(problem, window)};
  std::vector<Coefficients> sets(static_cast<std::size_t>(seen.random() ? options.draws.count : 1));
  std::exception_ptr error;
  SharedMonitor columns(options.monitor, sets.size());
#pragma omp parallel for schedule(dynamic)
  for (std::size_t draw = 0; draw < sets.size(); ++draw) {
    if (options.monitor.stop()) continue;
    try {
      sets[draw] = explicit_coefficients(problem, window, seen, options.draws.seed, draw, columns.part());
    } catch (...) {
#pragma omp critical(muonphase_basis_failure)
      error = std::current_exception();
    }
  }
  if (error) std::rethrow_exception(error);
  options.monitor.check();
  return sets;
}

// One step, one explicit basis: exact in the batch. From a given Δ_0 its mean is followed entry by entry.
FullDynamics one_step_dynamics(const FullProblem& full, const Eigen::MatrixXd& basis) {
  const Problem& problem = full.problem;
  FullSignSgd closure(problem, basis, full.quadrature);
  if (!full.given())
    return paired(std::move(closure), [problem](const auto& rates, const auto&... run) {
      return integrate_second_moment(problem, initial_moment(problem), rates, run...);
    });
  return paired([closure = std::move(closure)](const Eigen::MatrixXd& moment) { return closure.response(moment); },
                [problem, start = full.start, basis](const auto& response, const auto&... run) {
                  return integrate_entries(problem, start, basis, response, run...);
                });
}

// A window, one explicit basis: couplings between modes; a given Δ_0 as its second moment.
FullDynamics coupled_dynamics(const FullProblem& full, const Window& window, const Eigen::MatrixXd& basis) {
  const Problem& problem = full.problem;
  const Eigen::MatrixXd moment =
      full.given() ? Eigen::MatrixXd(full.start.transpose() * full.start) : initial_moment(problem);
  return paired(FullSignCoupled(problem, window, basis), [problem, moment](const auto& rates, const auto&... run) {
    return integrate_second_moment(problem, moment, rates, run...);
  });
}

// The linear layer's signs know Δ, which is given or drawn (full_dynamics()).
FullDynamics layer_dynamics(const FullProblem& full, const SeenBases& seen) {
  if (seen.flat)
    throw UnsupportedError("problem.input.basis",
                           "\"eigen\", \"haar\" or \"hadamard\" for the full closure of the linear layer");
  BasisPair bases = draw_bases(full.problem, seen, full.seed, full.draw, full.monitor);
  const auto outputs = static_cast<Eigen::Index>(full.problem.n_out());
  if (bases.output.rows() != outputs) bases.output = Eigen::MatrixXd::Identity(outputs, outputs);
  return
      [problem = full.problem, start = full.start, bases](const LearningRate& schedule, const Eigen::ArrayXd& recorded,
                                                          const QuasilinearOptions&, const Monitor& monitor) {
        return integrate_layer_signs(problem, start, bases.output, bases.input, monitor, schedule, recorded);
      };
}

FullDynamics sign_dynamics(const FullProblem& full, const Window& window) {
  const Problem& problem = full.problem;
  const SeenBases seen = seen_bases(problem);
  if (problem.linear_layer()) return layer_dynamics(full, seen);
  if (seen.flat)
    return window.one_step() ? from_energies(problem, FullSignSgdGeneric(problem))
                             : from_energies(problem, FullSign(problem, window));
  const BasisPair bases = draw_bases(problem, seen, full.seed, full.draw, full.monitor);
  if (problem.output.nodes() == 1)
    return window.one_step() ? one_step_dynamics(full, bases.input) : coupled_dynamics(full, window, bases.input);
  if (!window.one_step()) return from_energies(problem, FullSign(problem, window, bases.output, bases.input));
  return [full, bases](const LearningRate& schedule, const Eigen::ArrayXd& recorded, const QuasilinearOptions& options,
                       const Monitor& monitor) {
    return integrate_two_sided(full.problem, full.start, bases.output, bases.input, monitor, schedule, recorded,
                               options);
  };
}

}  // namespace

LinearClosure sign_linear(const Window& window) {
  return [window](const Problem& problem, const LinearOptions& options) {
    return sign_coefficients(problem, window, options);
  };
}

FullClosure sign_full(const Window& window) {
  return [window](const FullProblem& full) {
    require_finite_batch(full.problem);
    return sign_dynamics(full, window);
  };
}

}  // namespace muonphase
