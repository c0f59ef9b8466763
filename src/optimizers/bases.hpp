#pragma once
#include <exception>
#include <utility>
#include <vector>

#include "muonphase/optimizers/closures.hpp"
#include "muonphase/problem/basis.hpp"

// Coefficients of what acts entry by entry, for every draw of the bases that it sees.
namespace muonphase {

// coefficients(output, input) of explicit bases, in parallel; the eigenbasis is an empty matrix.
template <class Of>
std::vector<Coefficients> coefficients_by_basis(const Problem& problem, const SeenBases& seen,
                                                const LinearOptions& options, const Of& coefficients) {
  std::vector<Coefficients> sets(static_cast<std::size_t>(seen.random() ? options.draws.count : 1));
  std::exception_ptr error;
  SharedMonitor columns(options.monitor, sets.size());
#pragma omp parallel for schedule(dynamic)
  for (std::size_t draw = 0; draw < sets.size(); ++draw) {
    if (options.monitor.stop()) continue;
    try {
      BasisPair bases;
      if (seen.output != Basis::eigen || seen.input != Basis::eigen)
        bases = draw_bases(problem, seen, options.draws.seed, draw, columns.part());
      if (seen.output == Basis::eigen) bases.output.resize(0, 0);
      if (seen.input == Basis::eigen) bases.input.resize(0, 0);
      sets[draw] = coefficients(std::as_const(bases.output), std::as_const(bases.input));
    } catch (...) {
#pragma omp critical(muonphase_basis_failure)
      error = std::current_exception();
    }
  }
  if (error) std::rethrow_exception(error);
  options.monitor.check();
  return sets;
}

}  // namespace muonphase
