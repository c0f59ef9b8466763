#include "simulation/trial_message.hpp"

namespace muonphase {
namespace {

void append(Message& message, const Eigen::Ref<const Eigen::MatrixXd>& matrix) {
  message.push_back(static_cast<double>(matrix.rows()));
  message.push_back(static_cast<double>(matrix.cols()));
  const auto values = matrix.reshaped();
  message.insert(message.end(), values.begin(), values.end());
}

}  // namespace

void append(Message& message, const TrialState& state) {
  for (const auto number : {state.step, std::int64_t{state.diverged}, state.updates})
    message.push_back(static_cast<double>(number));
  message.push_back(static_cast<double>(state.risk.size()));
  message.insert(message.end(), state.risk.begin(), state.risk.end());
  message.push_back(static_cast<double>(state.mode_energy.size()));
  for (const auto& energy : state.mode_energy) append(message, energy.matrix());
  message.push_back(static_cast<double>(state.matrices.size()));
  for (const auto& matrix : state.matrices) append(message, matrix);
}

Eigen::MatrixXd MessageReader::matrix() {
  const Eigen::Index rows = whole(), cols = whole();
  Eigen::MatrixXd values(rows, cols);
  for (double& value : values.reshaped()) value = number();
  return values;
}

TrialState MessageReader::trial() {
  TrialState state;
  state.step = whole();
  state.diverged = whole() != 0;
  state.updates = whole();
  state.risk.resize(static_cast<std::size_t>(whole()));
  for (double& risk : state.risk) risk = number();
  for (auto count = whole(); count > 0; --count) state.mode_energy.push_back(matrix().col(0).array());
  for (auto count = whole(); count > 0; --count) state.matrices.push_back(matrix());
  return state;
}

}  // namespace muonphase
