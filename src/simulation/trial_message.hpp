#pragma once
// A trial's state as the numbers that ranks send each other.
#include <cstddef>
#include <cstdint>

#include "muonphase/core/crew.hpp"
#include "muonphase/simulation/simulation.hpp"

namespace muonphase {

void append(Message& message, const TrialState& state);

// Reads a message from front to back.
class MessageReader {
 public:
  explicit MessageReader(const Message& message) : message_(message) {}

  double number() { return message_.at(at_++); }
  std::int64_t whole() { return static_cast<std::int64_t>(number()); }
  Eigen::MatrixXd matrix();
  TrialState trial();

 private:
  const Message& message_;
  std::size_t at_ = 0;
};

}  // namespace muonphase
