#pragma once
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace muonphase {

/// Bad usage or a bad study: the message names the key, its value and what is allowed. Exit code 2.
class StudyError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// What a method cannot take of a problem: `key` of the study, and what would be accepted. Whoever knows the study adds
/// the place and the value.
class UnsupportedError : public StudyError {
 public:
  UnsupportedError(std::string of, std::string what)
      : StudyError(of + ": must be " + what), key(std::move(of)), allowed(std::move(what)) {}

  std::string key, allowed;
};

/// A file cannot be read or written. Exit code 4.
class IoError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// SIGINT or SIGTERM was received; whatever was finished is on disk. Exit code 130.
class Interrupted : public std::runtime_error {
 public:
  Interrupted() : std::runtime_error("interrupted") {}
};

/// A computation did not reach its accuracy (a bug or a problem outside the documented range). Exit code 1.
class NumericalError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A method has no result for the study at hand, as a closure whose equations are not solved at batches of a few samples.
/// Exit code 2, where nothing else comes of the study.
class NoResultError : public NumericalError {
 public:
  using NumericalError::NumericalError;
};

/// A run whose risk grows without bound: the learning rate is too large for it.
class DivergenceError : public NoResultError {
 public:
  DivergenceError(const std::string& what, std::vector<double> risks, std::vector<double> rates)
      : NoResultError(what), risk(std::move(risks)), learning_rate(std::move(rates)) {}

  std::vector<double> risk, learning_rate;  ///< at the recorded steps before
};

}  // namespace muonphase
