#include "eventsource/actors/turn_pack.hpp"

#include "eventsource/actors/turn_chain.hpp"
#include "eventsource/tests/actors/on_threads.hpp"
#include "eventsource/tests/kit/test.hpp"

#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace turn_pack_test {

using namespace es::actors;
using namespace es::on_threads;

namespace {

/// What a test can read of a job after its end.
struct job_log {
  std::string ran;
  std::string gone;
  /// Of the last one: what it might take, and how many were in the pool.
  std::size_t messages = 0;
  std::size_t in_pool = 0;
  const std::vector<caf::resumable*>* pool = nullptr;
};

class job final : public compat::pool_job {
public:
  job(job_log& log, char name, std::chrono::microseconds takes = {},
      resume_result result = awaiting_message)
    : log_(log), name_(name), takes_(takes), result_(result) {
    // nop
  }

  /// Its turn makes another one ready.
  job(job_log& log, char name, caf::resumable* other,
      std::chrono::microseconds takes = {})
    : job(log, name, takes) {
    other_ = other;
  }

  ~job() override {
    log_.gone += name_;
  }

  resume_result resume(compat::execution_context* host,
                       std::size_t throughput) override {
    log_.ran += name_;
    log_.messages = throughput;
    if (log_.pool)
      log_.in_pool = log_.pool->size();
    if (other_)
      compat::run_later(*host, std::exchange(other_, nullptr));
    const auto end = std::chrono::steady_clock::now() + takes_;
    while (std::chrono::steady_clock::now() < end) {
      // Deciding.
    }
    return result_;
  }

private:
  job_log& log_;
  char name_;
  std::chrono::microseconds takes_;
  resume_result result_;
  caf::resumable* other_ = nullptr;
};

/// Keeps what goes to the pool.
class pool_mouth final : public compat::turn_context {
public:
  using compat::turn_context::turn_context;

  ~pool_mouth() override {
    for (auto* one : given)
      intrusive_ptr_release(one);
  }

  std::vector<caf::resumable*> given;

private:
  void on_ready(caf::resumable* what) override {
    given.push_back(what);
  }
};

/// Runs what a test gives it where the pool would run an actor.
class visitor final : public caf::event_based_actor {
public:
  using script = std::function<void(pool_mouth&)>;

  visitor(caf::actor_config& config, script what, std::promise<void>& done)
    : caf::event_based_actor(config), what_(std::move(what)), done_(done) {
    // nop
  }

  caf::behavior make_behavior() override {
    return {[](int) {}};
  }

  resume_result resume(compat::execution_context* host,
                       std::size_t throughput) override {
    if (what_) {
      pool_mouth mouth{*host};
      std::exchange(what_, nullptr)(mouth);
      done_.set_value();
      quit();
    }
    return caf::event_based_actor::resume(host, throughput);
  }

private:
  script what_;
  std::promise<void>& done_;
};

void run_in_pool(visitor::script what) {
  std::promise<void> done;
  pool threads{1};
  threads.system.spawn<visitor>(std::move(what), done);
  done.get_future().wait();
}

using jobs = std::vector<caf::resumable*>;

constexpr std::size_t throughput = 10;
constexpr auto long_turn = 2 * turn_pack::long_turn;

/// A machine that pauses between two quick jobs looks like a slow one.
constexpr int tries_max = 1'000;

/// Runs such packs until one was not interrupted, whose log it returns.
template <class Make>
job_log run_whole(pool_mouth& pool, std::string_view expected, Make&& make) {
  for (int i = 0; i < tries_max; ++i) {
    while (!pool.given.empty()) {
      intrusive_ptr_release(pool.given.back());
      pool.given.pop_back();
    }
    static std::deque<job_log> logs;
    auto& log = logs.emplace_back();
    log.pool = &pool.given;
    turn_pack pack{make(log)};
    ES_CHECK(pack.resume(&pool, throughput) == caf::resumable::done);
    if (log.ran == expected)
      return log;
  }
  ES_CHECK(!"a pack ran to its end");
  return {};
}

} // namespace

ES_TEST("a pack's jobs run one after the other, and end") {
  run_in_pool([](pool_mouth& pool) {
    const auto log = run_whole(pool, "abc", [](job_log& to) {
      return jobs{new job(to, 'a'), new job(to, 'b'), new job(to, 'c')};
    });
    ES_CHECK_EQ(log.gone, "abc");
    ES_CHECK(pool.given.empty());
  });
}

ES_TEST("whom a pack's jobs make ready runs when all of them have run") {
  run_in_pool([](pool_mouth& pool) {
    run_whole(pool, "abx", [](job_log& to) {
      return jobs{new job(to, 'a', new job(to, 'x')), new job(to, 'b')};
    });
    ES_CHECK(pool.given.empty());
  });
}

ES_TEST("of those that a pack's jobs make ready only the last one keeps the "
        "thread, and the others are in the pool before, as a pack") {
  run_in_pool([](pool_mouth& pool) {
    const auto log = run_whole(pool, "abcz", [](job_log& to) {
      return jobs{new job(to, 'a', new job(to, 'x')),
                  new job(to, 'b', new job(to, 'y')),
                  new job(to, 'c', new job(to, 'z'))};
    });
    ES_CHECK_EQ(log.in_pool, 1u);
    ES_CHECK_EQ(pool.given.size(), 1u);
  });
}

ES_TEST("whom a slow job makes ready does not wait for those behind it") {
  job_log log;
  run_in_pool([&](pool_mouth& pool) {
    auto* behind = new job(log, 'b');
    turn_pack pack{
      jobs{new job(log, 'a', new job(log, 'x'), long_turn), behind}};
    static_cast<void>(pack.resume(&pool, throughput));
    ES_CHECK_EQ(log.ran, "ax");
    ES_CHECK(pool.given == jobs{behind});
  });
}

ES_TEST("a job of a pack takes no more messages than others may wait for") {
  job_log log;
  run_in_pool([&](pool_mouth& pool) {
    turn_pack pack{jobs{new job(log, 'a')}};
    static_cast<void>(pack.resume(&pool, 300));
  });
  ES_CHECK_EQ(log.messages, turn_chain::messages_max);
}

ES_TEST("who is behind a slow one goes to the pool") {
  job_log log;
  run_in_pool([&](pool_mouth& pool) {
    auto* second = new job(log, 'b');
    auto* third = new job(log, 'c');
    turn_pack pack{jobs{new job(log, 'a', long_turn), second, third}};
    ES_CHECK(pack.resume(&pool, throughput) == caf::resumable::done);
    ES_CHECK_EQ(log.ran, "a");
    ES_CHECK_EQ(log.gone, "a");
    ES_CHECK(pool.given == (jobs{second, third}));
  });
  ES_CHECK_EQ(log.gone, "abc");
}

ES_TEST("a job that has more to do goes to the pool") {
  job_log log;
  run_in_pool([&](pool_mouth& pool) {
    auto* busy = new job(log, 'a', {}, caf::resumable::resume_later);
    turn_pack pack{jobs{busy}};
    static_cast<void>(pack.resume(&pool, throughput));
    ES_CHECK(pool.given == jobs{busy});
    ES_CHECK_EQ(log.gone, "");
  });
  ES_CHECK_EQ(log.ran, "a");
  ES_CHECK_EQ(log.gone, "a");
}

ES_TEST("a pack that the pool never ran lets go of its jobs") {
  job_log log;
  { turn_pack pack{jobs{new job(log, 'a'), new job(log, 'b')}}; }
  ES_CHECK_EQ(log.ran, "");
  ES_CHECK_EQ(log.gone, "ab");
}

} // namespace turn_pack_test
