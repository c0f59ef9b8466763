#include "muonphase/io/results.hpp"

namespace muonphase {

void write_validation(Hdf5Writer& file, const std::string& optimizer, const RiskCurve& theory,
                      const SimulatedCurve& simulated, const Comparison& comparison) {
  const std::string ode = "/ode/" + optimizer, mc = "/simulate/" + optimizer, own = "/" + optimizer;
  RiskCurve bare = theory;
  bare.mode_energy.resize(0, 0);
  write_curve(file, ode, bare);
  SimulatedCurve plain = simulated;
  plain.mean.mode_energy.resize(0, 0);
  write_simulated_curve(file, mc, plain);
  file.scale(own + "/step", theory.step, {"step", "optimizer step"});
  file.dataset(own + "/log_ratio", {own + "/step"}, comparison.log_ratio, {"1", "ln(R_ode/R_mc)"});
  file.dataset(own + "/log_ratio_sem", {own + "/step"}, comparison.sem,
               {"1", "standard error of log_ratio, trials compared each with its own theory where there is one"});
  file.scalar(own + "/worst", comparison.worst, {"1", "largest |log_ratio|"});
  file.scalar(own + "/median", comparison.median, {"1", "median |log_ratio|"});
  file.scalar(own + "/excess", comparison.excess, {"1", "largest |log_ratio| beyond two standard errors"});
}

}  // namespace muonphase
