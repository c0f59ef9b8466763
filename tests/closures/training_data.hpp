#pragma once
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "muonphase/problem/problem.hpp"

namespace muonphase {

// One curve of tests/data/training_curves.txt.
struct TrainingCurve {
  std::string optimizer;
  Problem problem;
  double learning_rate;
  std::vector<double> step, mean, error;
};

inline std::vector<TrainingCurve> training_curves(const std::string& optimizer) {
  std::ifstream file(MUONPHASE_TEST_DATA "/training_curves.txt");
  std::vector<TrainingCurve> curves;
  for (std::string line; std::getline(file, line);) {
    std::istringstream fields(line);
    std::string name;
    double n, d, batch, alpha, beta, eta, step, mean, error;
    if (!(fields >> name >> n >> d >> batch >> alpha >> beta >> eta >> step >> mean >> error) || name != optimizer)
      continue;
    if (step == 0) {
      Problem problem{
          .output = isotropic_spectrum(n), .input = power_law_spectrum(d, alpha), .batch = batch, .energy = {}};
      problem.energy = power_law_energy(problem.output, problem.input, beta);
      curves.push_back({name, problem, eta, {}, {}, {}});
    }
    curves.back().step.push_back(step);
    curves.back().mean.push_back(mean);
    curves.back().error.push_back(error);
  }
  return curves;
}

}  // namespace muonphase
