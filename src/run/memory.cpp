#include "muonphase/run/memory.hpp"

#include <cstdlib>  // __GLIBC__

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace muonphase {

void keep_freed_memory() {
#ifdef __GLIBC__
  mallopt(M_MMAP_THRESHOLD, 1 << 25);  // the largest that is accepted
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
#endif
}

}  // namespace muonphase
