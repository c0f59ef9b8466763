#pragma once
#include <Eigen/Core>
#include <filesystem>
#include <string>
#include <vector>

#include "muonphase/core/monitor.hpp"
#include "muonphase/files/row_source.hpp"

/// The user's own data: inputs and outputs of a layer, of a regression or of a classification.
namespace muonphase {

/// What is done to the data before anything else. centre: inputs and outputs have mean zero, as a layer with a bias sees
/// them. standardise: inputs have variance one besides, and columns that do not vary are left out.
enum class Preprocess { none, centre, standardise };

/// Where the data are. `outputs` names an object of the same file, columns of a text, or a file of its own; inputs and
/// outputs that keep these names may be missing.
struct SamplePlace {
  std::string path;
  std::string inputs = "/x";
  std::string outputs = "/y";
};

/// Inputs and outputs, still in the file.
struct SampleFiles {
  RowSource inputs;             ///< [samples, columns]
  RowSource outputs;            ///< [samples, n] or [samples, 1] labels; no rows where there are none
  std::vector<double> classes;  ///< the distinct labels, ascending, where outputs are whole numbers; else empty
  bool has_outputs() const { return outputs.rows > 0; }
  /// n: of vectors their length, of labels the number of classes.
  Eigen::Index n_out() const;
};

/// Opens them. Text: the columns that `outputs` names, separated by commas ("y", "label", "target" or "class" where it
/// keeps its default), are outputs, all others inputs. Labels are a list of whole numbers. StudyError, with the place
/// and the way out: no such object, as many rows in both are needed, one class only, no rows at all.
SampleFiles open_samples(const SamplePlace& place, const std::filesystem::path& folder = {});

/// The same of arrays in memory, x [N, columns] and y [N, n], or labels [N, 1]; y without rows: none.
SampleFiles sample_arrays(Eigen::MatrixXd x, Eigen::MatrixXd y, bool labels);

/// How the data are shifted and scaled: x ↦ (x − shift)/scale on the columns kept, y ↦ y − output_shift. Outputs of
/// labels are one-hot vectors, always centred.
struct Preparation {
  std::vector<Eigen::Index> kept;        ///< columns of the inputs
  Eigen::VectorXd shift, scale;          ///< of the columns kept
  Eigen::VectorXd output_shift;          ///< [n]
  std::vector<Eigen::Index> constant = {};  ///< columns left out
};

/// Second moments of the prepared data.
struct SampleMoments {
  Eigen::Index samples = 0;
  Preparation preparation;
  Eigen::MatrixXd inputs;   ///< (1/N) Σ x xᵀ [d, d]
  Eigen::MatrixXd cross;    ///< (1/N) Σ y xᵀ [n, d]; no rows where there are no outputs
  Eigen::MatrixXd outputs;  ///< (1/N) Σ y yᵀ [n, n]
};

/// Reads the data once, in blocks, whatever their size: N d²/2 multiply-adds, memory O(d² + n d + block). The bits do not
/// depend on `threads`. StudyError naming row and column for what is not finite. Progress counts rows.
SampleMoments sample_moments(const SampleFiles& files, Preprocess preprocess, int threads = 1,
                             const Monitor& monitor = {});

/// The prepared data in memory.
struct Samples {
  Eigen::MatrixXd inputs;   ///< [N, d]
  Eigen::MatrixXd outputs;  ///< [N, n]
};
Samples read_samples(const SampleFiles& files, const Preparation& preparation, const Monitor& monitor = {});

/// The least-squares problem of the data, in the eigenbasis of the inputs' second moment.
struct MeasuredLayer {
  Eigen::Index samples = 0;
  Eigen::ArrayXd eigenvalue;     ///< [m], descending; those below 1e-10 of the largest are left out
  Eigen::MatrixXd eigenvector;   ///< [d, m], columns
  Eigen::MatrixXd target;        ///< W* [n, m]: that of the least squares, ridge added to the eigenvalues
  Eigen::MatrixXd residual_covariance;  ///< of ε = y − W*x [n, n]
  double output_energy = 0;             ///< E|y|², twice the risk at W = 0

  Eigen::Index n_in() const { return eigenvalue.size(); }
  Eigen::Index n_out() const { return target.rows(); }
  /// Σ_k W*_kj² of each mode.
  Eigen::ArrayXd target_energy() const { return target.colwise().squaredNorm().transpose().array(); }
};

/// Ridge ≥ 0 is in units of the eigenvalues. StudyError when the inputs are all zero. O(d³).
MeasuredLayer measured_layer(const SampleMoments& moments, double ridge = 0);

}  // namespace muonphase
