#pragma once
#include "muonphase/problem/problem.hpp"

namespace muonphase {

/// Isotropic outputs, a power law of inputs, a power-law target.
inline Problem power_law(double n, double d, double batch, double alpha, double beta,
                         ModeRule rule = ModeRule::exact) {
  Problem p{.output = isotropic_spectrum(n), .input = power_law_spectrum(d, alpha, rule), .batch = batch, .energy = {}};
  p.energy = power_law_energy(p.output, p.input, beta);
  return p;
}

}  // namespace muonphase
