#pragma once
#include "muonphase/dynamics/mode_equation.hpp"

namespace muonphase {

/// An equation of few modes with the same risk: modes of nearby rates act as one. Two-sided spectra have a mode for
/// every pair, some 10^4, whose rates fill a few decades.
///
/// What 2R(s) knows of the modes is ∫ e^(−rs) of two measures on the rates r, of the shares at the start and of the
/// kicks. Rates are put in bins of a factor of e, and on each bin each measure is replaced by its Gauss quadrature of
/// seven nodes, which keeps its first fourteen moments: 2R(s) to 1e−6 of its value while the slowest modes last.
/// Weights are positive, so shares and kicks are. Equations of few modes are returned as they are. Cost O(modes ·
/// log(modes)).
ModeEquation compressed(const ModeEquation& equation);

}  // namespace muonphase
