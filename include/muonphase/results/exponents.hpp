#pragma once
#include "muonphase/files/hdf5.hpp"

namespace muonphase {

/// Root attribute `exponents` of every result: what α and β mean in it.
inline constexpr const char* exponents_of_results = "lambda_j = j^-alpha, |W*_j|^2 = j^-beta";

/// Results of 0.1 have no such attribute and half of these exponents. From now on the reader gives their
/// axes and their study in today's exponents.
void read_in_todays_exponents(Hdf5Reader& file);

}  // namespace muonphase
