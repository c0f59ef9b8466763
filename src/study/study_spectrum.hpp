#pragma once
// The spectra and matrices that a study names by their files.
#include <Eigen/Core>
#include <string>
#include <vector>

#include "muonphase/study/study.hpp"

namespace muonphase {

/// Eigenvalues of a file: finite, positive, sorted to decrease, what is zero to round-off left out.
struct FileSpectrum {
  Eigen::ArrayXd eigenvalue;
  std::vector<Eigen::Index> order;  ///< where each stands in the file, from 0
  Eigen::Index in_file = 0;         ///< how many the file has
  std::string note;                 ///< what was left out; empty when nothing was
};

/// Reads the eigenvalues that `path` names ("FILE", "FILE:column", "FILE.h5:/dataset"; see read_table()); a relative
/// path starts at `folder`. The column is the named one, else one called eigenvalue, Eigenwert, lambda, value, …, else
/// the only numeric one besides an index; one row stands for a column. StudyError, with place and value, for what is
/// no list of eigenvalues: numbers that are not finite, negative beyond round-off, or outside [1e-150, 1e150].
FileSpectrum read_file_spectrum(const std::string& path, const std::filesystem::path& folder);

/// The spectrum of one side, and which rows or columns of a given matrix belong to its modes.
struct StudySide {
  Spectrum spectrum;
  std::vector<Eigen::Index> order;  ///< in a given matrix; empty: as they stand there
  Eigen::Index in_matrix = 0;       ///< rows or columns of a given matrix
};

struct StudySides {
  StudySide output, input;
};

/// The spectra of [problem]. StudyError where a file has another number of eigenvalues than n_in or n_out says; what is
/// left out of it may be counted or not.
StudySides read_sides(const Study& study);

/// W_0 − W* as far as they are given, rows and columns in the order of the spectra; empty when neither is.
Eigen::MatrixXd read_offset(const Study& study, const StudySides& sides);

/// W_0 where it is given, as read_offset(); else empty.
Eigen::MatrixXd read_start(const Study& study, const StudySides& sides);

/// The data of problem.data, opened; StudyError with the key for what they cannot be.
SampleFiles open_study_samples(const Study& study);

/// Sets n_in and n_out to the number of eigenvalues of their files where the study does not say, and where it counts
/// those that are left out, or to those of its data, whose coordinates are then the bases unless it says otherwise. A file that cannot be read is passed over: whoever needs the problem will say why.
void take_sizes(Study& study);

}  // namespace muonphase
