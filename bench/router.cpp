#include "eventsource/bench/runtime_side.hpp"
#include "eventsource/bench/scenario.hpp"
#include "eventsource/bench/yardstick.hpp"

#include <fmt/format.h>

#include <future>

namespace es_bench {

namespace {

using clock = std::chrono::steady_clock;
using es::reference::register_organization;
namespace compat = es::actors::compat;

/// Answers at once.
caf::behavior answering() {
  return {
    [](const std::string&, const register_organization& command) {
      return static_cast<std::int64_t>(command.name.size());
    },
  };
}

/// Keeps requests of a command's size in flight and does nothing else.
class asking_actor : public caf::event_based_actor {
public:
  asking_actor(caf::actor_config& config, caf::actor to, std::size_t in_flight,
               clock::time_point end, std::promise<std::size_t>& done)
    : caf::event_based_actor(config), to_(std::move(to)), in_flight_(in_flight),
      end_(end), done_(done) {
    // nop
  }

  caf::behavior make_behavior() override {
    for (std::size_t i = 0; i < in_flight_; ++i)
      ask();
    return {
      [](es::actors::stop) {
        // An actor without a behavior would end before its answers come.
      },
    };
  }

private:
  void ask() {
    compat::ask(this, to_, caf::infinite, id_, command_)
      .then([this](std::int64_t) {
        ++answers_;
        if (clock::now() < end_)
          ask();
        else if (--in_flight_ == 0) {
          done_.set_value(answers_);
          quit();
        }
      });
  }

  caf::actor to_;
  std::size_t in_flight_;
  clock::time_point end_;
  std::promise<std::size_t>& done_;
  std::size_t answers_ = 0;
  const std::string id_ = es::ksuid_generator::system().next("org_");
  const register_organization command_{"A bench", "MA-L 1000000", "FR"};
};

/// Requests per second between two actors of a system like the runtime's.
double requests_per_second(std::chrono::duration<double> time,
                           std::size_t in_flight) {
  es::actors::system_config<caf::id_block::es_bench> config;
  caf::actor_system system{config};
  std::promise<std::size_t> done;
  const auto start = clock::now();
  auto answerer = system.spawn(answering);
  system.spawn<asking_actor>(
    answerer, in_flight,
    start + std::chrono::duration_cast<clock::duration>(time), done);
  auto answers = static_cast<double>(done.get_future().get());
  std::chrono::duration<double> took = clock::now() - start;
  caf::anon_send_exit(answerer, caf::exit_reason::user_shutdown);
  return answers / took.count();
}

} // namespace

measurement router(const run_options& how) {
  constexpr std::size_t aggregates = 1'000;
  constexpr std::size_t in_flight = 1'000;
  constexpr std::size_t in_flight_of_one = 100;
  measurement result{"router", 0, 0, "commands/s", 0.40, true, {}};
  runtime_side ours{how.dsn};
  ours.prepare(aggregates);
  settle_tables(how.dsn);
  measure_in_turns(
    result, how,
    [&](std::chrono::duration<double> time) {
      auto done = ours.run(time, in_flight, request_kind::refused_change);
      return static_cast<double>(done.answers) / done.seconds;
    },
    [&](std::chrono::duration<double> time) {
      return requests_per_second(time, in_flight_of_one);
    });
  result.remarks = fmt::format(
    "rejected by decide, {} aggregates, {} commands in flight; yardstick: two "
    "actors, {} requests in flight",
    aggregates, in_flight, in_flight_of_one);
  return result;
}

} // namespace es_bench
