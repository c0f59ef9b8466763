#include <cmath>

#include "muonphase/results/results.hpp"
#include "muonphase/results/tree.hpp"

namespace muonphase {
namespace {

void write_fit(DataTree& tree, const std::string& name, const PowerLawFit& fit) {
  const double none = std::nan("");
  tree.attribute("/", name, fit.usable ? fit.exponent : none);
  tree.attribute("/", name + "_stderr", fit.usable ? fit.standard_error : none);
  tree.attribute("/", name + "_deviation", fit.usable ? fit.deviation : none);
  tree.attribute("/", name + "_curvature", fit.usable ? fit.curvature : none);
}

const char* name_of(DataKind kind) {
  switch (kind) {
    case DataKind::eigenvalues: return "eigenvalues";
    case DataKind::singular_values: return "singular values";
    case DataKind::covariance: return "covariance";
    default: return "samples";
  }
}

void write_targets(DataTree& tree, const MeasureResult& result) {
  const auto n = static_cast<std::size_t>(result.layer.n_out());
  tree.index_scale("/output", n, {"1", "number of the output, from 0"});
  tree.index_scale("/other_output", n, {"1", "number of the output, from 0"});
  tree.dataset("/target_energy", {"/mode"}, result.layer.target_energy(), {"1", "Σ_k W*_kj² of the mode"});
  tree.dataset("/target_noise", {"/mode"}, result.target_noise,
               {"1", "what the finite sample adds to it on average, tr Σ_ε/(N λ_j)"});
  tree.dataset("/target", {"/output", "/mode"}, Eigen::ArrayXXd(result.layer.target.array()),
               {"1", "W*, the least-squares map from modes to outputs"});
  tree.dataset("/residual_covariance", {"/output", "/other_output"},
               Eigen::ArrayXXd(result.layer.residual_covariance.array()), {"1", "covariance of ε = y − W*x"});
  if (!result.classes.empty()) tree.dataset("/label", {"/output"}, result.classes, {"1", "the label of the output"});
}

}  // namespace

DataTree tree_of(const MeasureResult& result) {
  DataTree tree = begin_tree(result.study, result.provenance);
  const MeasuredLayer& layer = result.layer;
  tree.scale("/mode", Eigen::ArrayXd::LinSpaced(layer.n_in(), 1, static_cast<double>(layer.n_in())),
             {"1", "rank j of the eigenvalue, the largest first"});
  tree.dataset("/eigenvalue", {"/mode"}, layer.eigenvalue, {"1", "eigenvalue of the second moment of the inputs"});
  if (result.has_target()) write_targets(tree, result);
  tree.attribute("/", "data", result.options.place.path);
  tree.attribute("/", "data_kind", name_of(result.kind));
  tree.attribute("/", "samples", static_cast<std::int64_t>(layer.samples));
  write_fit(tree, "alpha", result.alpha);
  write_fit(tree, "beta", result.beta);
  tree.attribute("/", "fit_first_rank", static_cast<std::int64_t>(result.alpha.ranks.first));
  tree.attribute("/", "fit_last_rank", static_cast<std::int64_t>(result.alpha.ranks.last));
  const bool dense = result.density.tail > 0;
  const double none = std::nan("");
  tree.attribute("/", "density_exponent", dense ? result.density.exponent : none);
  tree.attribute("/", "density_exponent_stderr", dense ? result.density.standard_error : none);
  tree.attribute("/", "density_alpha", dense ? result.density.rank_exponent() : none);
  tree.attribute("/", "effective_dimension", result.effective_dimension);
  tree.attribute("/", "stable_rank", result.stable_rank);
  tree.attribute("/", "label_noise", result.label_noise());
  tree.attribute("/", "residual_share", result.residual_share());
  return tree;
}

}  // namespace muonphase
