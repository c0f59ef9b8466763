// The calls of the page. Texts come as UTF-8; an answer stays valid until the next call. A failure is an answer too:
// {error}, in the words of the command.
#include <emscripten.h>

#include <exception>

#include "json.hpp"
#include "session.hpp"

namespace {

muonphase::Session session;
std::string answer;

template <class F>
const char* answered(F compute) {
  try {
    answer = compute();
  } catch (const std::exception& error) {
    answer = muonphase::json::object({{"error", muonphase::json::text(error.what())}});
  }
  return answer.c_str();
}

}  // namespace

extern "C" {

EMSCRIPTEN_KEEPALIVE const char* explorer_optimizers() {
  return answered([] { return session.optimizers(); });
}

EMSCRIPTEN_KEEPALIVE const char* explorer_curves(const char* study) {
  return answered([&] { return session.curves(study); });
}

EMSCRIPTEN_KEEPALIVE const char* explorer_cells(const char* study, int column, int first, int stride) {
  return answered([&] { return session.cells(study, column, first, stride); });
}

EMSCRIPTEN_KEEPALIVE const char* explorer_spectrum(const char* file) {
  return answered([&] { return session.spectrum(file); });
}
}
