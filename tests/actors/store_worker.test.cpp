#include "eventsource/actors/store_worker.hpp"

#include "eventsource/actors/append_queue.hpp"
#include "eventsource/store/memory/memory_store.hpp"
#include "eventsource/tests/actors/on_threads.hpp"
#include "eventsource/tests/kit/test.hpp"

#include <atomic>
#include <future>
#include <memory>
#include <optional>
#include <thread>

namespace store_worker_test {

using namespace es::actors;
using namespace es::on_threads;

namespace {

using thread_id = std::thread::id;

struct fixture {
  pool threads{2};
  std::shared_ptr<es::store::memory_store> store =
    std::make_shared<es::store::memory_store>();
  caf::actor worker = threads.system.spawn<store_worker, caf::detached>(store);
  answer<thread_id> of_worker;
  caf::actor asker;

  fixture() {
    store->before_write([this, first = true](auto) mutable {
      if (!std::exchange(first, false))
        return;
      of_worker.give(std::this_thread::get_id());
      wait_for_turn_of(asker);
    });
  }

  ~fixture() {
    caf::anon_send_exit(worker, caf::exit_reason::user_shutdown);
    // What its hook uses has to outlive it.
    caf::scoped_actor self{threads.system};
    self->wait_for(worker);
  }

  static write_batch batch_of(std::size_t appends) {
    auto batch = std::make_shared<append_batch>();
    batch->requests.resize(appends);
    return {std::move(batch)};
  }

  /// Asks for a batch to be written, and does `then(self)` with the answer.
  template <class Then>
  void write(std::size_t appends, Then then) {
    asker = threads.system.spawn<plain, caf::lazy_init>(
      [this, appends, then](plain* self, int) {
        compat::ask(self, worker, caf::infinite, batch_of(appends))
          .then([self, then](batch_written&) { then(self); });
      });
    compat::tell_anonymously(asker, 1);
  }

  /// Ends when it was run, and says where.
  caf::actor witness(answer<thread_id>& where) {
    return threads.system.spawn<plain, caf::lazy_init>(
      [&where](plain* self, int) {
        where.give(std::this_thread::get_id());
        self->quit();
      });
  }
};

} // namespace

ES_TEST_WITH(fixture, "what the answer to a lone append leads to runs on the "
                      "worker's thread") {
  answer<thread_id> of_asker;
  answer<thread_id> of_next;
  const auto next = witness(of_next);
  write(1, [&](plain* self) {
    of_asker.give(std::this_thread::get_id());
    compat::tell(self, next, 1);
    self->quit();
  });
  const auto expected = of_worker.wait_for();
  ES_REQUIRE(expected);
  ES_CHECK(of_asker.wait_for() == expected);
  ES_CHECK(of_next.wait_for() == expected);
}

ES_TEST_WITH(fixture, "the answer to a batch of several is left to the "
                      "threads of the pool") {
  answer<thread_id> of_asker;
  write(2, [&](plain* self) {
    of_asker.give(std::this_thread::get_id());
    self->quit();
  });
  const auto expected = of_worker.wait_for();
  const auto found = of_asker.wait_for();
  ES_REQUIRE(expected && found);
  ES_CHECK(*found != *expected);
}

ES_TEST_WITH(fixture, "a worker with something to write leaves the rest of a "
                      "chain to others") {
  answer<thread_id> of_next;
  const auto next = witness(of_next);
  write(1, [&](plain* self) {
    compat::tell(self, worker, batch_of(1));
    compat::tell(self, next, 1);
    self->quit();
  });
  const auto expected = of_worker.wait_for();
  const auto found = of_next.wait_for();
  ES_REQUIRE(expected && found);
  ES_CHECK(*found != *expected);
}

ES_TEST_WITH(fixture, "a worker waits for one message of an actor at most") {
  answer<thread_id> of_first;
  answer<thread_id> of_second;
  const auto twice =
    threads.system.spawn<plain, caf::lazy_init>([&](plain* self, int number) {
      if (number == 1) {
        of_first.give(std::this_thread::get_id());
        compat::tell(self, worker, batch_of(1));
      } else {
        of_second.give(std::this_thread::get_id());
        self->quit();
      }
    });
  write(1, [&](plain* self) {
    compat::tell(self, twice, 1);
    compat::tell(self, twice, 2);
    self->quit();
  });
  const auto expected = of_worker.wait_for();
  const auto first = of_first.wait_for();
  const auto second = of_second.wait_for();
  ES_REQUIRE(expected && first && second);
  ES_CHECK(*first == *expected);
  ES_CHECK(*second != *expected);
}

ES_TEST_WITH(fixture, "whom an answer makes ready does not wait for the "
                      "worker's next call") {
  auto asker_ran = std::make_shared<std::promise<void>>();
  auto ran = asker_ran->get_future();
  answer<bool> met;
  asker = threads.system.spawn<plain, caf::lazy_init>([&](plain* self, int) {
    compat::ask(self, worker, caf::infinite, batch_of(1))
      .then([self, asker_ran](batch_written&) {
        asker_ran->set_value();
        self->quit();
      });
    compat::tell(self, worker, run_on_store{[&](es::store::event_store&) {
                   met.give(ran.wait_for(patience)
                            == std::future_status::ready);
                 }});
  });
  compat::tell_anonymously(asker, 1);
  ES_CHECK(met.wait_for() == true);
}

ES_TEST_WITH(fixture,
             "whatever a store throws is an answer, and its worker goes "
             "on") {
  std::atomic<bool> is_broken = true;
  store->before_write([&](auto) {
    if (is_broken.exchange(false))
      throw 7;
  });
  answer<std::optional<es::errc>> code;
  answer<bool> written;
  asker = threads.system.spawn<plain, caf::lazy_init>([&](plain* self, int) {
    const auto ask_again = [&, self] {
      compat::ask(self, worker, caf::infinite, batch_of(1))
        .then(
          [&, self](batch_written&) {
            written.give(true);
            self->quit();
          },
          [&, self](const caf::error&) {
            written.give(false);
            self->quit();
          });
    };
    compat::ask(self, worker, caf::infinite, batch_of(1))
      .then([](batch_written&) {},
            [&, ask_again](const caf::error& e) {
              code.give(code_of(e));
              ask_again();
            });
  });
  compat::tell_anonymously(asker, 1);
  ES_CHECK(code.wait_for() == std::optional{es::errc::in_doubt});
  ES_CHECK(written.wait_for() == true);
}

} // namespace store_worker_test
