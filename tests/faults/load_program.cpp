// A program that is killed: loads the bank's accounts and writes down each
// answer before it counts.
//
//     fault_load DSN SEED RUN MILLISECONDS LOG
//
// With 0 milliseconds it goes on until it is killed. Prints what it found to be
// wrong; the exit code is 0 if that is nothing.

#include "eventsource/tests/faults/bank_runtime.hpp"
#include "eventsource/tests/faults/load_audit.hpp"

#include <cstdlib>
#include <fcntl.h>
#include <iostream>
#include <thread>

// As in tests/store/server_fixture.hpp, for libpqxx 6.4.
extern "C" __attribute__((used)) const char* __lsan_default_suppressions() {
  return "leak:libpqxx-6\n";
}

namespace {

int run(char** argv) {
  const std::chrono::milliseconds time{std::atoll(argv[4])};
  const int log =
    ::open(argv[5], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  es::store::postgres_settings where;
  where.dsn = argv[1];
  es::testing::load_audit audit{std::strtoull(argv[2], nullptr, 10),
                                std::atoi(argv[3])};
  audit.log_to(log);
  es::testing::bank_runtime runtime{where};
  auto found = audit.open_accounts(*runtime);
  audit.start(*runtime);
  if (time.count() == 0)
    for (;;)
      std::this_thread::sleep_for(std::chrono::hours{1});
  std::this_thread::sleep_for(time);
  for (const auto& more : {audit.stop(), audit.settle(*runtime)})
    found.insert(found.end(), more.begin(), more.end());
  if (!runtime->stop().clean())
    found.emplace_back("the runtime did not stop");
  for (const auto& each : found)
    std::cout << each << "\n";
  return found.empty() ? 0 : 1;
}

} // namespace

int main(int argc, char** argv) {
  if (argc != 6) {
    std::cerr << "usage: fault_load DSN SEED RUN MILLISECONDS LOG\n";
    return 2;
  }
  try {
    return run(argv);
  } catch (const std::exception& e) {
    std::cerr << "fault_load: " << e.what() << "\n";
    return 2;
  }
}
