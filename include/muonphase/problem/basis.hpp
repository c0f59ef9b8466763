#pragma once
#include <Eigen/Core>
#include <cstdint>

#include "muonphase/core/monitor.hpp"
#include "muonphase/problem/problem.hpp"

namespace muonphase {

/// An orthonormal eigenbasis of a covariance, columns = eigenvectors, rows = the coordinates the optimizer sees, drawn
/// from the stream (seed, draw). The same numbers on every machine and for any number of threads.
///
/// haar: uniform on the orthogonal group (QR of a Gaussian matrix, signs of R's diagonal made positive), O(d³).
/// hadamard: modes in random order on the columns of Walsh–Hadamard matrices. When d is no power of two it is cut into
/// blocks of its binary digits, the largest first (96 = 64 + 32); the diagonal of Σ is flat within a block, and over
/// all of Σ when d is a power of two. eigen: the identity. StudyError for generic, which is a limit and has no matrix.
///
/// The monitor counts the 2 d columns of a Haar basis and may interrupt its drawing.
Eigen::MatrixXd draw_basis(Basis basis, Eigen::Index dimension, std::uint64_t seed, std::uint64_t draw,
                           const Monitor& monitor = {});

/// Largest dimension of a side whose basis is drawn as a matrix.
inline constexpr double largest_explicit_basis = 8192;

/// The coordinates in which an optimizer that acts entry by entry sees a problem: one rule for every closure and for
/// training. A side of equal eigenvalues goes with any other side: inputs stand in the basis that is drawn for them, in
/// which the target's energies are spread, or in the eigenbasis where that is the generic one; outputs in the latter.
struct SeenBases {
  bool flat;            ///< the flat-diagonal limit: a generic side, or equal eigenvalues in bins
  Basis output, input;  ///< otherwise; eigen for outputs of equal eigenvalues

  /// Whether draws differ.
  bool random() const;
};

/// UnsupportedError where one side is generic and the other has an explicit basis.
SeenBases seen_bases(const Problem& problem);

/// Columns are eigenvectors; `output` and `input` of draw k are the streams 2k + 1 and 2k, as in trial k of a
/// simulation.
struct BasisPair {
  Eigen::MatrixXd output, input;
};
/// O(n³ + d³), watched as draw_basis() is. UnsupportedError where a side has binned modes or more than
/// largest_explicit_basis of them. Not for `flat`.
BasisPair draw_bases(const Problem& problem, const SeenBases& seen, std::uint64_t seed, std::uint64_t draw,
                     const Monitor& monitor = {});

}  // namespace muonphase
