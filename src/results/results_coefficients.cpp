#include <cmath>

#include "muonphase/results/results.hpp"

namespace muonphase {
namespace {

void write_side(DataTree& file, const std::string& group, const std::string& side, const Spectrum& spectrum) {
  const std::string mode = group + "/mode_" + side;
  file.scale(mode, spectrum.index, {"1", "number of the mode; a node between modes stands for several"});
  file.dataset(group + "/eigenvalue_" + side, {mode}, spectrum.eigenvalue, {"1", "eigenvalue of the covariance"});
  file.dataset(group + "/weight_" + side, {mode}, spectrum.weight, {"1", "number of modes the node stands for"});
}

Spectrum read_side(const Hdf5Reader& file, const std::string& group, const std::string& side) {
  return {.index = file.vector(group + "/mode_" + side),
          .eigenvalue = file.vector(group + "/eigenvalue_" + side),
          .weight = file.vector(group + "/weight_" + side)};
}

Eigen::ArrayXXd read_table(const Hdf5Reader& file, const std::string& path) {
  if (file.shape(path).size() == 1) return file.vector(path).transpose();
  return file.matrix(path);
}

}  // namespace

void write_coefficients(DataTree& file, const std::string& group, const Problem& problem,
                        const CoefficientsResult::Set& set) {
  const Coefficients& coefficients = set.coefficients;
  write_side(file, group, "out", problem.output);
  write_side(file, group, "in", problem.input);
  const bool one_sided = problem.output.nodes() == 1;
  const DataTree::Scales scales =
      one_sided ? DataTree::Scales{group + "/mode_in"} : DataTree::Scales{group + "/mode_out", group + "/mode_in"};
  const Eigen::ArrayXXd diffusion =
      one_sided ? Eigen::ArrayXXd(coefficients.diffusion * problem.n_out()) : coefficients.diffusion;
  file.dataset(group + "/drift", scales, coefficients.drift, {"1", "drift f"});
  file.dataset(group + "/diffusion", scales, diffusion,
               {"1", one_sided ? "diffusion V, summed over outputs" : "diffusion V per entry of W"});
  if (set.measured) {
    const double outputs = one_sided ? problem.n_out() : 1;
    const auto& m = *set.measured;
    file.dataset(group + "/measured_drift", scales, m.drift, {"1", "drift f by Monte Carlo"});
    file.dataset(group + "/measured_drift_sem", scales, m.drift_sem, {"1", "its standard error"});
    file.dataset(group + "/measured_diffusion", scales, Eigen::ArrayXXd(outputs * m.diffusion),
                 {"1", "diffusion V by Monte Carlo"});
    file.dataset(group + "/measured_diffusion_sem", scales, Eigen::ArrayXXd(outputs * m.diffusion_sem),
                 {"1", "its standard error"});
  }
  file.attribute(group, "noise_coefficient", set.noise_coefficient);
  file.attribute(group, "resolution", set.resolution.scale);
  file.attribute(group, "resolution_mode", set.resolution.mode);
  if (std::isfinite(set.reach.share)) {
    file.attribute(group, "reach", set.reach.singular_value);
    file.attribute(group, "modes_reached", set.reach.share);
  }
}

void write_spectral_density(DataTree& file, const SpectralDensity& density, const Eigen::ArrayXXd& spectra) {
  const std::string group = "/spectral_density", x = group + "/x";
  file.scale(x, density.x, {"1", "eigenvalue of GGᵀ/2R, or of GᵀG/2R"});
  file.dataset(group + "/density_out", {x}, density.out, {"1", "density of GGᵀ/2R, the atom at zero apart"});
  file.dataset(group + "/density_in", {x}, density.in, {"1", "density of GᵀG/2R, the atom at zero apart"});
  file.dataset(group + "/weighted_out", {x}, density.weighted_out, {"1", "the first weighted by Σ_out"});
  file.dataset(group + "/weighted_in", {x}, density.weighted_in, {"1", "the second weighted by Σ_in"});
  if (spectra.size() == 0) return;
  file.scale(group + "/rank", Eigen::ArrayXd::LinSpaced(spectra.rows(), 1, static_cast<double>(spectra.rows())),
             {"1", "rank of the eigenvalue, the largest first"});
  file.scale(group + "/batch", Eigen::ArrayXd::LinSpaced(spectra.cols(), 0, static_cast<double>(spectra.cols() - 1)),
             {"1", "number of the batch"});
  file.dataset(group + "/eigenvalue", {group + "/rank", group + "/batch"}, spectra,
               {"1", "eigenvalues of GGᵀ/2R by Monte Carlo"});
}

CoefficientTable read_coefficients(const Hdf5Reader& file, const std::string& group) {
  return {.output = read_side(file, group, "out"),
          .input = read_side(file, group, "in"),
          .drift = read_table(file, group + "/drift"),
          .diffusion = read_table(file, group + "/diffusion")};
}

}  // namespace muonphase
