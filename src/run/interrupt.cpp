#include "muonphase/run/interrupt.hpp"

#include <signal.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstring>
#include <iterator>
#include <string>

namespace muonphase {
namespace {

// A handler can reach nothing but globals.
std::atomic<bool> signalled{false}, by_sigterm{false};
std::atomic<bool> impatient{false};
static_assert(std::atomic<bool>::is_always_lock_free);
char unfinished[4096];  // the file to remove while it is empty
char farewell[256];     // after SIGTERM

// So long may work take to end in order.
constexpr int patience = 600000;  // µs

void set_timer(int microseconds) {
  itimerval timer = {};
  timer.it_value.tv_usec = microseconds;
  setitimer(ITIMER_REAL, &timer, nullptr);
}

void handle(int number) {
  by_sigterm = number == SIGTERM;
  signalled = true;
  if (impatient) set_timer(patience);
}

// The work has not looked up. Nothing but system calls here.
void end(int) {
  if (!impatient) return;
  const auto say = [](const char* text) {
    if (write(STDERR_FILENO, text, strlen(text)) < 0) _exit(130);
  };
  struct stat status = {};
  if (*unfinished && stat(unfinished, &status) == 0 && status.st_size == 0) unlink(unfinished);
  if (isatty(STDERR_FILENO)) say("\r\033[K");
  say("error: ");
  say(by_sigterm ? farewell : "interrupted");
  say("\n");
  _exit(130);
}

template <std::size_t size>
void keep(const std::string& text, char (&place)[size]) {
  std::fill(std::begin(place), std::end(place), '\0');
  if (text.size() < size) text.copy(place, text.size());
}

void set_action(int signal, void (*handler)(int), int flags) {
  struct sigaction action = {};
  action.sa_handler = handler;
  action.sa_flags = flags;
  sigemptyset(&action.sa_mask);
  sigaction(signal, &action, nullptr);
}

void set_actions(void (*handler)(int), int flags) {
  set_action(SIGINT, handler, flags);
  set_action(SIGTERM, handler, flags);
}

}  // namespace

InterruptGuard::InterruptGuard() {
  signalled = by_sigterm = impatient = false;
  set_actions(handle, SA_RESETHAND | SA_RESTART);
}

InterruptGuard::InterruptGuard(const std::filesystem::path& partial, const std::string& after_sigterm)
    : InterruptGuard() {
  keep(std::filesystem::absolute(partial).string(), unfinished);
  keep(after_sigterm, farewell);
  set_action(SIGALRM, end, SA_RESTART);
  impatient = true;
}

InterruptGuard::~InterruptGuard() {
  be_patient();
  set_actions(SIG_DFL, 0);
}

void InterruptGuard::be_patient() {
  if (!impatient.exchange(false)) return;
  set_timer(0);
  set_action(SIGALRM, SIG_DFL, 0);
}

bool InterruptGuard::interrupted() {
  return signalled;
}

bool InterruptGuard::terminated() {
  return signalled && by_sigterm;
}

}  // namespace muonphase
