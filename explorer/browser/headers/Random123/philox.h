#pragma once
// Random123 asks for a machine that it knows: this one has 64-bit products in two words, as WebAssembly does.
#define __aarch64__ 1
#include_next <Random123/philox.h>
#undef __aarch64__
