#pragma once
#include <Eigen/Core>
#include <cstdint>

#include "muonphase/problem/problem.hpp"

namespace muonphase {

/// An orthonormal eigenbasis of a covariance, columns = eigenvectors, rows = the coordinates the optimizer sees, drawn
/// from the stream (seed, draw). The same numbers on every machine and for any number of threads.
///
/// haar: uniform on the orthogonal group (QR of a Gaussian matrix, signs of R's diagonal made positive), O(d³).
/// hadamard: modes in random order on the columns of Walsh–Hadamard matrices. When d is no power of two it is cut into
/// blocks of its binary digits, the largest first (96 = 64 + 32); the diagonal of Σ is flat within a block, and over
/// all of Σ when d is a power of two. eigen: the identity. StudyError for generic, which is a limit and has no matrix.
Eigen::MatrixXd draw_basis(Basis basis, Eigen::Index dimension, std::uint64_t seed, std::uint64_t draw);

}  // namespace muonphase
