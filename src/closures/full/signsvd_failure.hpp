#pragma once
#include <fmt/format.h>

#include "muonphase/core/error.hpp"

namespace muonphase {

/// Of every full closure of SignSVD whose fixed point is not found.
inline NumericalError signsvd_failure(double batch) {
  return NumericalError(fmt::format(
      "the full closure of SignSVD did not converge at batch {:g} (ode.closure = \"linear\" has a curve)", batch));
}

}  // namespace muonphase
