#pragma once

#include "eventsource/store/postgres/dsn.hpp"
#include "eventsource/store/postgres/postgres_store.hpp"
#include "eventsource/tests/store/server_fixture.hpp"
#include "eventsource/tests/store/socket_gate.hpp"

#include <memory>

namespace es::testing {

/// A store whose connections go through the gate.
struct gated_store {
  using change_settings = void (*)(store::postgres_settings&);

  explicit gated_store(change_settings change = nullptr)
    : direct(database.open()) {
    auto link = database.observe();
    gate = std::make_unique<socket_gate>(
      link.value("SELECT split_part(current_setting('unix_socket_directories'),"
                 " ',', 1)"),
      link.value("SHOW port"));
    settings = database.settings();
    if (change)
      change(settings);
    settings.dsn = with_setting(settings.dsn, "host", gate->dir());
    store = must(store::postgres_store::open(settings));
  }

  ~gated_store() {
    store.reset();
  }

  test_database database;
  std::shared_ptr<store::event_store> direct;
  std::unique_ptr<socket_gate> gate;
  store::postgres_settings settings;
  std::shared_ptr<store::event_store> store;
};

} // namespace es::testing
