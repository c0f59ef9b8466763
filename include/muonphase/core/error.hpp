#pragma once
#include <stdexcept>
#include <string>

namespace muonphase {

/// Bad usage or a bad study: the message names the key, its value and what is allowed. Exit code 2.
class StudyError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
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

}  // namespace muonphase
