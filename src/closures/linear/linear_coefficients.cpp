#include "muonphase/closures/linear/linear_coefficients.hpp"

#include <fmt/format.h>

#include <exception>

#include "muonphase/core/error.hpp"
#include "muonphase/problem/basis.hpp"

namespace muonphase {
namespace {

bool is_random(Basis basis) {
  return basis == Basis::haar || basis == Basis::hadamard;
}

void require_explicit(const char* side, const Spectrum& spectrum) {
  if (!spectrum.exact() || spectrum.dimension() > largest_explicit_basis)
    throw StudyError(
        fmt::format("problem.{}.basis: SignSGD in an explicit basis needs at most {} modes, kept one by one "
                    "(have {:g}): take basis = \"generic\" above",
                    side, largest_explicit_basis, spectrum.dimension()));
}

std::vector<Coefficients> signsgd_draws(const Problem& problem, const Momentum& momentum, const BasisDraws& draws,
                                        const Monitor& monitor) {
  const bool output = !problem.output.isotropic(), input = !problem.input.isotropic();
  const bool generic_output = !output || problem.output_basis == Basis::generic;
  const bool generic_input = !input || problem.input_basis == Basis::generic;
  if (generic_output && generic_input) return {signsgd_generic_coefficients(problem, momentum)};
  if ((output && generic_output) || (input && generic_input))
    throw StudyError("problem.output.basis, problem.input.basis: must both be \"generic\" or neither");
  require_explicit_basis(problem);

  // An isotropic input side stands in its eigenbasis: every basis is one.
  const Basis input_basis = input ? problem.input_basis : Basis::eigen;
  const bool random = (output && is_random(problem.output_basis)) || is_random(input_basis);
  std::vector<Coefficients> sets(static_cast<std::size_t>(random ? draws.count : 1));
  std::exception_ptr error;
#pragma omp parallel for schedule(dynamic)
  for (std::size_t k = 0; k < sets.size(); ++k) {
    if (monitor.stop()) continue;
    try {
      Eigen::MatrixXd q_out;
      if (output) q_out = draw_basis(problem.output_basis, problem.output.nodes(), draws.seed, 2 * k + 1);
      const Eigen::MatrixXd q_in = draw_basis(input_basis, problem.input.nodes(), draws.seed, 2 * k);
      sets[k] = signsgd_coefficients(problem, q_out, q_in, momentum);
    } catch (...) {
#pragma omp critical(muonphase_basis_failure)
      error = std::current_exception();
    }
  }
  if (error) std::rethrow_exception(error);
  monitor.check();
  return sets;
}

}  // namespace

void require_explicit_basis(const Problem& problem) {
  if (!problem.output.isotropic()) require_explicit("output", problem.output);
  require_explicit("input", problem.input);
}

const std::vector<std::string>& linear_optimizers() {
  static const std::vector<std::string> names = {"signsvd", "signsgd", "sgd", "muon", "signum"};
  return names;
}

std::vector<Coefficients> linear_coefficients(const Problem& problem, const std::string& optimizer,
                                              const BasisDraws& draws, const OptimizerRules& rules,
                                              const Monitor& monitor) {
  if (optimizer == "signsvd") return {signsvd_coefficients(problem)};
  if (optimizer == "sgd") return {sgd_coefficients(problem)};
  if (optimizer == "signsgd") return signsgd_draws(problem, {}, draws, monitor);
  if (optimizer == "signum") return signsgd_draws(problem, rules.signum, draws, monitor);
  if (optimizer == "muon") return {muon_coefficients(problem, rules.muon)};
  throw StudyError(fmt::format("{}: has no linear closure; {} have", optimizer, fmt::join(linear_optimizers(), ", ")));
}

}  // namespace muonphase
