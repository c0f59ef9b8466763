// As the command does, before any test: matrices that come and go took more time than what is tested.
#include "muonphase/run/memory.hpp"

namespace {

[[maybe_unused]] const bool kept = (muonphase::keep_freed_memory(), true);

}  // namespace
