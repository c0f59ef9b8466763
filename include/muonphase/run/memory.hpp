#pragma once

namespace muonphase {

/// Keeps the memory that matrices leave for those that come, up to 1 GiB at the end of the heap, where the C library is
/// glibc. Matrices of 10⁴ to 10⁶ entries come and go at every step; handing their pages back and faulting them in again
/// takes a quarter of a simulated step, and several times the step at n = 96. For a process as a whole, at its start:
/// the command and the Python module call it, a program of one's own may.
void keep_freed_memory();

}  // namespace muonphase
