#pragma once
// What OpenMP says where there is one thread.
inline int omp_get_max_threads() { return 1; }
inline int omp_get_thread_num() { return 0; }
inline int omp_in_parallel() { return 0; }
inline int omp_get_max_active_levels() { return 1; }
inline void omp_set_max_active_levels(int) {}
