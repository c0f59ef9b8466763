#include <algorithm>
#include <cmath>
#include <optional>

#include "muonphase/closures/linear/mean.hpp"
#include "muonphase/closures/linear/singular_values.hpp"
#include "muonphase/optimizers/registry.hpp"
#include "run/parts.hpp"

namespace muonphase {
namespace {

// Of the side that has a spectrum. An average over batches, and a map of entries, fill every mode.
Resolution resolution_of(const Problem& problem, const Optimizer& optimizer) {
  const bool spectral = optimizer.description().flow == Flow::spectral || optimizer.description().map;
  if (!spectral || !optimizer.window().one_step()) return {};
  const double rank = std::min({problem.batch, problem.n_out(), problem.n_in()});
  return resolution(problem.input.isotropic() ? problem.output : problem.input, rank);
}

// Muon's quintic brings singular values to 0.7 … 1.2: what is above counts as orthogonalised.
constexpr double raised = 0.7;

CoefficientsResult::Reach reach_of(const Problem& problem, const Optimizer& optimizer) {
  if (!optimizer.description().map) return {};
  const std::optional<SpectralMap> map = optimizer.description().map(optimizer.options());
  const double least = map ? least_raised(*map, raised) : 0;
  const double above = std::isfinite(least) ? singular_values_above(problem, optimizer.window(), least) : 0;
  return {least, above / std::min(problem.n_out(), problem.n_in())};
}

std::string line_of(const CoefficientsResult::Set& set) {
  const Eigen::ArrayXXd& drift = set.coefficients.drift;
  std::string text = fmt::format("{:<14} drift {:.4g} to {:.4g} over {} mode(s)", set.optimizer, drift.maxCoeff(),
                                 drift.minCoeff(), drift.size());
  if (std::isfinite(set.noise_coefficient)) text += fmt::format(", noise coefficient {:.6g}", set.noise_coefficient);
  if (std::isfinite(set.resolution.scale)) text += fmt::format(", resolution {:.6g}", set.resolution.scale);
  if (std::isfinite(set.resolution.mode)) text += fmt::format(" (mode {:.4g})", set.resolution.mode);
  if (set.reach.singular_value > 0)
    text += fmt::format(", singular values above {:.4g} of the norm brought above {}: {:.4g} of the modes",
                        set.reach.singular_value, raised, set.reach.share);
  else if (set.reach.share > 0)
    text += fmt::format(", every singular value but zero brought to 1: {:.4g} of the modes", set.reach.share);
  else if (set.reach.share == 0)
    text += fmt::format(", no singular value brought above {}", raised);
  if (set.bases > 1) text += fmt::format(", mean over {} bases", set.bases);
  return text;
}

}  // namespace

CoefficientsResult coefficients_result(const Study& study, const Provenance& provenance, const Observer& observer) {
  const Stopwatch all;
  warn_unread(study, "coefficients", observer);
  const std::vector<Optimizer> optimizers = deterministic_runs(study);
  CoefficientsResult result;
  result.study = study;
  result.provenance = provenance;
  result.problem = make_problem(study);
  warn_of_problem(study, observer);
  if (study.coefficients.batches > 0) {
    if (study.coefficients.batches < 2)
      throw study_error(study, "coefficients.batches", "0 or at least 2, for a standard error");
    require_samples(study, "coefficients.batches");
  }
  if (study.coefficients.spectral_density && result.problem.noise_dominated())
    throw study_error(study, "problem.batch", "a whole number for coefficients.spectral_density");
  for (const auto& optimizer : optimizers) {
    const auto sets = keyed(study, [&] {
      return linear_coefficients(result.problem, optimizer,
                                 {.draws = {study.ode.bases, study.seed}, .monitor = observer.unwatched()});
    });
    CoefficientsResult::Set& set = result.sets.emplace_back();
    set.optimizer = optimizer.name();
    set.coefficients = mean_of(sets);
    set.bases = static_cast<int>(sets.size());
    for (const auto& one : sets)
      set.noise_coefficient += mode_equation(result.problem, one).noise_coefficient() / set.bases;
    set.resolution = resolution_of(result.problem, optimizer);
    if (study.coefficients.batches > 0)
      set.measured = measure_coefficients(result.problem, optimizer, study.coefficients.batches, study.seed,
                                          observer.stage(optimizer.name(), "batches"));
    set.reach = keyed(study, [&] { return reach_of(result.problem, optimizer); });
    say(observer, "{}", line_of(set));
  }
  if (study.coefficients.spectral_density) {
    constexpr int points = 400;
    result.density = spectral_density(result.problem, points);
    if (study.coefficients.batches > 0)
      result.spectra = measure_spectrum(result.problem, study.coefficients.batches, study.seed,
                                        observer.stage("spectra", "batches"));
  }
  result.seconds = all.seconds();
  return result;
}

std::string CoefficientsResult::brief() const {
  std::string text;
  for (const auto& set : sets) text += line_of(set) + "\n";
  return text + fmt::format("{:.2f} s\n", seconds);
}

}  // namespace muonphase
