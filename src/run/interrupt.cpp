#include "muonphase/run/interrupt.hpp"

#include <signal.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <string>

namespace muonphase {
namespace {

// A handler can reach nothing but globals.
std::atomic<bool> signalled{false};
std::atomic<bool> impatient{false};
static_assert(std::atomic<bool>::is_always_lock_free);
char unfinished[4096];  // the file to remove while it is empty

// So long may work take to end in order.
constexpr int patience = 600000;  // µs

void set_timer(int microseconds) {
  itimerval timer = {};
  timer.it_value.tv_usec = microseconds;
  setitimer(ITIMER_REAL, &timer, nullptr);
}

void handle(int) {
  signalled = true;
  if (impatient) set_timer(patience);
}

// The work has not looked up. Nothing but system calls here.
void end(int) {
  if (!impatient) return;
  constexpr char clear[] = "\r\033[K", message[] = "error: interrupted\n";
  struct stat status = {};
  if (*unfinished && stat(unfinished, &status) == 0 && status.st_size == 0) unlink(unfinished);
  if (isatty(STDERR_FILENO) && write(STDERR_FILENO, clear, sizeof clear - 1) < 0) _exit(130);
  if (write(STDERR_FILENO, message, sizeof message - 1) < 0) _exit(130);
  _exit(130);
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
  signalled = impatient = false;
  set_actions(handle, SA_RESETHAND | SA_RESTART);
}

InterruptGuard::InterruptGuard(const std::filesystem::path& partial) : InterruptGuard() {
  const std::string name = std::filesystem::absolute(partial).string();
  std::fill(std::begin(unfinished), std::end(unfinished), '\0');
  if (name.size() < sizeof unfinished) name.copy(unfinished, name.size());
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

}  // namespace muonphase
