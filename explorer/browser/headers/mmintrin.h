#pragma once
// Eigen includes it with the SSE that emscripten has on WebAssembly; there is nothing of MMX to have.
