#pragma once
#include <array>
#include <string>
#include <vector>

#include "muonphase/core/matrix.hpp"

namespace muonphase {

/// a, b, c of one Newton–Schulz step x → a x + b x³ + c x⁵.
using Quintic = std::array<double, 3>;

/// The published coefficients of Muon (Jordan et al.).
inline constexpr Quintic muon_quintic{3.4445, -4.7750, 2.0315};

/// Coefficients that people use, by name.
struct QuinticSet {
  std::string name;               ///< "jordan"
  std::vector<Quintic> quintics;  ///< step after step; the last of them for all further steps
  int steps;                      ///< as many as the set is used with
};

/// jordan, cesista, polar-express, cubic and jordan-long.
const std::vector<QuinticSet>& quintic_sets();

/// The first `steps` ≥ 1 of a list that goes on with its last; the list has one or more.
std::vector<Quintic> quintic_steps(int steps, const std::vector<Quintic>& quintics = {muon_quintic});

/// h(x), the steps one after the other.
double newton_schulz(double x, const std::vector<Quintic>& steps);

/// U h(S/‖G‖_F) Vᵀ for G = U S Vᵀ [n, d]. docs/theory.md §7. Zero for G = 0. Four products of the smaller side squared
/// times the larger for each step.
template <class S>
Matrix<S> newton_schulz(const Matrix<S>& g, const std::vector<Quintic>& steps = quintic_steps(5), int threads = 1);

}  // namespace muonphase
