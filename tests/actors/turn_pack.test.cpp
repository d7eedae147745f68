#include "eventsource/actors/turn_pack.hpp"

#include "eventsource/tests/actors/on_threads.hpp"
#include "eventsource/tests/kit/test.hpp"

#include <string>
#include <vector>

namespace turn_pack_test {

using namespace es::actors;
using namespace es::on_threads;

namespace {

/// What a test can read of a job after its end.
struct job_log {
  std::string ran;
  std::string gone;
};

class job final : public compat::pool_job {
public:
  job(job_log& log, char name, std::chrono::microseconds takes = {},
      resume_result result = awaiting_message)
    : log_(log), name_(name), takes_(takes), result_(result) {
    // nop
  }

  ~job() override {
    log_.gone += name_;
  }

  resume_result resume(compat::execution_context*, std::size_t) override {
    log_.ran += name_;
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

constexpr std::size_t throughput = 10;
constexpr auto long_turn = 2 * turn_pack::long_turn;

/// A machine that pauses between two quick jobs looks like a slow one.
constexpr int tries_max = 1'000;

} // namespace

ES_TEST("a pack's jobs run one after the other, and end") {
  run_in_pool([](pool_mouth& pool) {
    for (int i = 0; i < tries_max; ++i) {
      job_log log;
      std::vector<caf::resumable*> jobs{new job(log, 'a'), new job(log, 'b'),
                                        new job(log, 'c')};
      turn_pack pack{jobs};
      ES_CHECK(pack.resume(&pool, throughput) == caf::resumable::done);
      ES_CHECK_EQ(log.ran, log.gone);
      if (log.ran == "abc") {
        ES_CHECK(pool.given.empty());
        return;
      }
      while (!pool.given.empty()) {
        intrusive_ptr_release(pool.given.back());
        pool.given.pop_back();
      }
    }
    ES_CHECK(!"a pack ran to its end");
  });
}

ES_TEST("who is behind a slow one goes to the pool") {
  job_log log;
  run_in_pool([&](pool_mouth& pool) {
    auto* second = new job(log, 'b');
    auto* third = new job(log, 'c');
    std::vector<caf::resumable*> jobs{new job(log, 'a', long_turn), second,
                                      third};
    turn_pack pack{jobs};
    ES_CHECK(pack.resume(&pool, throughput) == caf::resumable::done);
    ES_CHECK_EQ(log.ran, "a");
    ES_CHECK_EQ(log.gone, "a");
    ES_CHECK(pool.given == std::vector<caf::resumable*>({second, third}));
  });
  ES_CHECK_EQ(log.gone, "abc");
}

ES_TEST("a job that has more to do goes to the pool") {
  job_log log;
  run_in_pool([&](pool_mouth& pool) {
    auto* busy = new job(log, 'a', {}, caf::resumable::resume_later);
    std::vector<caf::resumable*> jobs{busy};
    turn_pack pack{jobs};
    static_cast<void>(pack.resume(&pool, throughput));
    ES_CHECK(pool.given == std::vector<caf::resumable*>({busy}));
    ES_CHECK_EQ(log.gone, "");
  });
  ES_CHECK_EQ(log.ran, "a");
  ES_CHECK_EQ(log.gone, "a");
}

ES_TEST("a pack that the pool never ran lets go of its jobs") {
  job_log log;
  {
    std::vector<caf::resumable*> jobs{new job(log, 'a'), new job(log, 'b')};
    turn_pack pack{jobs};
  }
  ES_CHECK_EQ(log.ran, "");
  ES_CHECK_EQ(log.gone, "ab");
}

} // namespace turn_pack_test
