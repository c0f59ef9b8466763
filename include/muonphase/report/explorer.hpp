#pragma once
#include <string>

namespace muonphase {

/// One self-contained HTML page that computes risk curves, drift and diffusion, and phase maps in the browser, by this
/// library compiled to WebAssembly. It needs no network. `version` is shown on it.
std::string explorer_page(const std::string& version);

}  // namespace muonphase
