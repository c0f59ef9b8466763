#pragma once
#include <fmt/format.h>

#include <string_view>

#include "muonphase/core/error.hpp"

namespace muonphase {

/// Of a full closure whose equations are not solved, which happens at batches or outputs of a few.
inline NoResultError unsolved(std::string_view optimizer, double batch, double n_out) {
  return NoResultError(fmt::format(
      "the full closure of {} has no solution at batch {:g} and n_out = {:g} (ode.closure = \"linear\" has a curve)",
      optimizer, batch, n_out));
}

}  // namespace muonphase
