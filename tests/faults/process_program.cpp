// A program that is killed: runs the process manager of the bank's accounts.
//
//     fault_process DSN
#include "eventsource/tests/faults/care_runtime.hpp"

#include <iostream>
#include <thread>

// As in tests/store/server_fixture.hpp, for libpqxx 6.4.
extern "C" __attribute__((used)) const char* __lsan_default_suppressions() {
  return "leak:libpqxx-6\n";
}

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: fault_process DSN\n";
    return 2;
  }
  try {
    es::store::postgres_settings where;
    where.dsn = argv[1];
    es::testing::care_runtime runtime{where};
    runtime.start_process();
    for (;;)
      std::this_thread::sleep_for(std::chrono::hours{1});
  } catch (const std::exception& e) {
    std::cerr << "fault_process: " << e.what() << "\n";
    return 2;
  }
}
