// Signs of the entries of windowed gradients: which equations for which bases, and which state they move.
#include "muonphase/closures/full/full_sgd.hpp"
#include "muonphase/closures/full/full_sign.hpp"
#include "muonphase/closures/full/full_signsgd.hpp"
#include "muonphase/closures/full/full_signsgd_modes.hpp"
#include "muonphase/core/matrix.hpp"
#include "muonphase/dynamics/systems/inertial.hpp"
#include "muonphase/dynamics/systems/layer_signs.hpp"
#include "muonphase/dynamics/systems/leading_modes.hpp"
#include "muonphase/dynamics/systems/second_moment.hpp"
#include "muonphase/problem/basis.hpp"
#include "optimizers/bases.hpp"
#include "optimizers/pairing.hpp"

namespace muonphase {
namespace {

std::vector<Coefficients> sign_coefficients(const Problem& problem, const Window& window,
                                            const LinearOptions& options) {
  const SeenBases seen = seen_bases(problem);
  if (seen.flat) return {signsgd_generic_coefficients(problem, window)};
  return coefficients_by_basis(problem, seen, options,
                               [&](const Eigen::MatrixXd& output, const Eigen::MatrixXd& input) {
                                 return signsgd_coefficients(problem, output, input, window);
                               });
}

// One step, one explicit basis: exact in the batch. From a given Δ_0 its mean is followed entry by entry.
FullDynamics one_step_dynamics(const FullProblem& full, const Eigen::MatrixXd& basis) {
  const Problem& problem = full.problem;
  if (!full.given() && basis.rows() > FullSignSgdModes::leading_modes) {
    FullSignSgdModes closure(problem, basis, full.quadrature);
    const ModeFrame frame = closure.frame();
    return paired(std::move(closure), [problem, frame, decay = moment_decay(problem, full.weight_decay, {})](
                                          const auto& rates, const auto&... run) {
      return integrate_leading_modes(problem, frame, rates, decay, run...);
    });
  }
  FullSignSgd closure(problem, basis, full.quadrature);
  if (!full.given())
    return paired(std::move(closure), [problem, decay = moment_decay(problem, full.weight_decay, {})](
                                          const auto& rates, const auto&... run) {
      return integrate_second_moment(problem, initial_moment(problem), rates, decay, run...);
    });
  return paired(
      [closure = std::move(closure)](const Eigen::MatrixXd& moment) { return closure.response(moment); },
      [problem, start = full.start, basis, decay = full.weight_decay](const auto& response, const auto&... run) {
        return integrate_entries(problem, start, basis, response, decay, run...);
      });
}

// A window, one explicit basis: couplings between modes; a given Δ_0 as its second moment.
FullDynamics coupled_dynamics(const FullProblem& full, const Window& window, const Eigen::MatrixXd& basis) {
  const Problem& problem = full.problem;
  const Eigen::MatrixXd moment = full.given() ? gram<double>(full.start) : initial_moment(problem);
  const FullSignCoupled closure(problem, window, basis);
  const auto rates = [closure, problem](const MeanMoments& now, const MeanMoments& seen) {
    const Eigen::MatrixXd total = now.mean + now.covariance, held = seen.mean + seen.covariance;
    const MomentRates at = closure(total, held);
    const auto inverse = problem.input.eigenvalue.inverse().matrix().asDiagonal();
    return CoupledStepRates{at.drift, at.drift, at.diffusion - sandwich(at.drift, held, at.drift),
                            problem.n_out() * (inverse * gradient_row_noise(problem, total) * inverse)};
  };
  return paired(
      rates, [problem, moment, memory = map_memory(window),
              decay = moment_decay(problem, full.weight_decay, full.start)](const auto& watched, const auto&... run) {
        return integrate_inertial_mean(problem, moment, watched, memory, decay, run...);
      });
}

// The linear layer's signs know Δ, which is given or drawn (full_dynamics()).
FullDynamics layer_dynamics(const FullProblem& full, const SeenBases& seen) {
  if (seen.flat)
    throw UnsupportedError("problem.input.basis",
                           "\"eigen\", \"haar\" or \"hadamard\" for the full closure of the linear layer");
  BasisPair bases = draw_bases(full.problem, seen, full.seed, full.draw, full.monitor);
  const auto outputs = static_cast<Eigen::Index>(full.problem.n_out());
  if (bases.output.size() == 0) bases.output = Eigen::MatrixXd::Identity(outputs, outputs);
  const SampleRows rows = full.of_rows() ? some_rows(*full.problem.data, most_rows(full)) : SampleRows{};
  return [problem = full.problem, start = full.start, bases, rows, decay = full.weight_decay](
             const LearningRate& schedule, const Eigen::ArrayXd& recorded, const QuasilinearOptions&,
             const Monitor& monitor) {
    return integrate_layer_signs(problem, start, bases.output, bases.input, rows, decay, monitor, schedule, recorded);
  };
}

FullDynamics sign_dynamics(const FullProblem& full, const Window& window) {
  const Problem& problem = full.problem;
  const SeenBases seen = seen_bases(problem);
  if (problem.linear_layer()) return layer_dynamics(full, seen);
  if (seen.flat)
    return window.one_step() ? from_energies(full, FullSignSgdGeneric(problem))
                             : from_energies(full, FullSign(problem, window), map_memory(window));
  const BasisPair bases = draw_bases(problem, seen, full.seed, full.draw, full.monitor);
  if (problem.output.nodes() == 1)
    return window.one_step() ? one_step_dynamics(full, bases.input) : coupled_dynamics(full, window, bases.input);
  if (!window.one_step())
    return from_energies(full, FullSign(problem, window, bases.output, bases.input), map_memory(window));
  require_no_decay(full, "signs in two explicit bases");
  return [full, bases](const LearningRate& schedule, const Eigen::ArrayXd& recorded, const QuasilinearOptions& options,
                       const Monitor& monitor) {
    return integrate_two_sided(full.problem, full.start, bases.output, bases.input, monitor, schedule, recorded,
                               options);
  };
}

}  // namespace

LinearClosure sign_linear(const Window& window) {
  return [window](const Problem& problem, const LinearOptions& options) {
    std::vector<Coefficients> sets = sign_coefficients(problem, window, options);
    for (auto& set : sets) set.memory = map_memory(window);
    return sets;
  };
}

FullClosure sign_full(const Window& window) {
  return [window](const FullProblem& full) {
    require_finite_batch(full.problem);
    return sign_dynamics(full, window);
  };
}

}  // namespace muonphase
