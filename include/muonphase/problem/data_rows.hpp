#pragma once
#include <Eigen/Core>

#include "muonphase/core/monitor.hpp"
#include "muonphase/problem/samples.hpp"

namespace muonphase {

/// Rows of samples about their least squares: inputs x and residuals ε.
struct SampleRows {
  Eigen::MatrixXd inputs;     ///< [N, d]
  Eigen::MatrixXd residuals;  ///< [N, n]
};

/// The user's data as a linear layer y = W* x + ε: W* is their least squares, ε what it leaves. Everything stands in
/// eigenbases: of the second moment of x, and of the covariance of ε on the span of the outputs (one-hot labels of C
/// classes, centred, span C − 1 dimensions).
struct DataRows {
  SampleRows rows;                           ///< [N, m] and [N, r], uncorrelated
  Eigen::MatrixXd target;              ///< W* [r, m]
  Eigen::ArrayXd eigenvalue;           ///< of E[xxᵀ] [m], descending, all positive
  Eigen::ArrayXd noise;                ///< of E[εεᵀ] [r], descending; all zero where W* fits every sample
  Eigen::MatrixXd input_coordinates;   ///< [d, m] columns are eigenvectors, rows the inputs that are not always zero
  Eigen::MatrixXd output_coordinates;  ///< [n, r] likewise
};

/// Reads samples with outputs into memory, 8 N (m + r) bytes. O(N d² + d³). StudyError without outputs, and as
/// sample_moments().
DataRows data_rows(const SampleFiles& files, Preprocess preprocess, int threads = 1, const Monitor& monitor = {});

/// At most `most` of the rows, evenly spaced, with the second moments of all.
SampleRows some_rows(const DataRows& data, Eigen::Index most);

/// `count` (a power of two) quasi-Monte Carlo points of the Gaussians with second moments `eigenvalue` [m] and `noise`
/// [r], diagonal: of exactly these moments.
SampleRows gaussian_rows(const Eigen::ArrayXd& eigenvalue, const Eigen::ArrayXd& noise, int count);

}  // namespace muonphase
