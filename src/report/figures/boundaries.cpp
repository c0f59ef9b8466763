#include "muonphase/report/figures/boundaries.hpp"

namespace muonphase::figures {
namespace {

constexpr double far = 1e3;  // beyond every map

}  // namespace

std::vector<Boundary> horizon_boundaries() {
  const Label late = "predicted, late: β = 1, 2α − 1, α + 1", early = "predicted, early: α = 1, 2α + β = 1";
  return {{-far, 1, 1, 1, Dash::dashed, late},
          {1, 1, 2, 3, Dash::dashed, late},
          {2, 3, far, far + 1, Dash::dashed, late},
          {-far, 1 + 2 * far, 1, -1, Dash::dash_dotted, early},
          {1, -far, 1, far, Dash::dash_dotted, early}};
}

std::vector<Boundary> accuracy_boundaries(double ends) {
  const Label theorem = "ε → 0: A | B at β = 1, B | C at β = α + 1", finite = "within what d resolves: β = 2α − 1";
  return {{-far, 1, far, 1, Dash::dashed, theorem},
          {-far, 1 - far, far, 1 + far, Dash::dashed, theorem},
          {1, 1, 2, 3, Dash::solid, finite},
          {-far, ends + far, far, ends - far, Dash::dotted, "below, ε ends at the cut"}};
}

}  // namespace muonphase::figures
