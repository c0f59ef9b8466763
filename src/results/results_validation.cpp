#include "muonphase/results/results.hpp"

namespace muonphase {

void write_validation(DataTree& file, const std::string& optimizer, const RiskCurve& theory,
                      const SimulatedCurve& simulated, const Comparison& comparison) {
  const std::string ode = "/ode/" + optimizer, mc = "/simulate/" + optimizer, own = "/" + optimizer;
  write_curve(file, ode, theory);
  SimulatedCurve plain = simulated;
  plain.mean.mode_energy.resize(0, 0);
  write_simulated_curve(file, mc, plain);
  file.scale(own + "/step", theory.step, {"step", "optimizer step"});
  file.dataset(own + "/log_ratio", {own + "/step"}, comparison.log_ratio, {"1", "ln(R_ode/R_mc)"});
  file.dataset(own + "/log_ratio_sem", {own + "/step"}, comparison.sem,
               {"1", "standard error of log_ratio, trials compared each with its own theory where there is one"});
  file.dataset(own + "/excess_log_ratio", {own + "/step"}, comparison.excess_log_ratio,
               {"1", "log_ratio of the risks beyond the label noise's part"});
  file.scalar(own + "/worst", comparison.worst, {"1", "largest |log_ratio|"});
  file.scalar(own + "/median", comparison.median, {"1", "median |log_ratio|"});
  file.scalar(own + "/excess", comparison.excess, {"1", "largest |log_ratio| beyond two standard errors"});
  file.scalar(own + "/band", comparison.band,
              {"1", "standard errors that all steps stay within in 19 of 20 samples where theory is right"});
  file.scalar(own + "/beyond_band", comparison.beyond_band, {"1", "largest |log_ratio| beyond the band"});
  file.scalar(own + "/p_value", comparison.p_value,
              {"1", "chance of a deviation at least as large where theory is right, Hotelling's T²"});
  file.scalar(own + "/time_error", comparison.time_error,
              {"1", "largest |ln(t_ode/t_mc)| of the first times to a risk"});
  file.scalar(own + "/relative", comparison.relative, {"1", "largest |log_ratio|/|ln(R_mc/R_0)|, label noise apart"});
}

namespace {

std::string theory_group(const std::string& optimizer) {
  return "/checkpoint/theory/" + optimizer;
}

}  // namespace

void write_validation_state(DataTree& file, const ValidationState& state) {
  write_simulation_state(file, state.simulation);
  for (const auto& [optimizer, risk] : state.theory) {
    if (risk.size() == 0) continue;
    const std::string group = theory_group(optimizer);
    file.index_scale(group + "/trial", static_cast<std::size_t>(risk.rows()), {"1", "trial"});
    file.index_scale(group + "/recorded", static_cast<std::size_t>(risk.cols()), {"1", "number of the record"});
    file.dataset(group + "/risk", {group + "/trial", group + "/recorded"}, risk,
                 {"1", "theory of each trial; NaN where it is not done"});
  }
}

ValidationState read_validation_state(const Hdf5Reader& file) {
  ValidationState state{read_simulation_state(file), {}};
  if (!file.has("/checkpoint/theory")) return state;
  for (const auto& optimizer : file.groups("/checkpoint/theory"))
    state.theory[optimizer] = file.matrix(theory_group(optimizer) + "/risk");
  return state;
}

}  // namespace muonphase
