#pragma once

#include "eventsource/actors/runtime.hpp"
#include "eventsource/actors/system.hpp"
#include "eventsource/bench/load_actor.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace es_bench {

/// Organizations that commands are sent to.
struct population {
  std::vector<std::string> ids;
  /// Registration numbers from here on were not set yet: setting the present
  /// one again would be rejected.
  std::size_t next_number = 1'000'000;
};

/// A runtime with its defaults, as a user's program has it, and organizations
/// to send to. Ends the program with a message if something is refused.
class runtime_side {
public:
  using change_settings = std::function<void(es::actors::settings&)>;

  explicit runtime_side(const std::string& dsn,
                        const change_settings& change = {});
  ~runtime_side();

  /// Registers so many organizations; their actors stay alive.
  void prepare(std::size_t aggregates);

  /// Makes new ids, for `register_all`.
  void make_ids(std::size_t aggregates);
  void register_all();

  /// Takes over what another runtime registered. Its actors start when they
  /// are asked.
  void adopt(population organizations);
  [[nodiscard]] const population& organizations() const;

  /// Asks each aggregate for its state once: cold ones are recovered.
  load_result ask_states(std::size_t in_flight);

  /// Sends each aggregate so many commands.
  void change_each(std::size_t times, std::size_t in_flight);

  /// Commands that change something (or, if wanted, that are rejected) for a
  /// time, so many in flight.
  [[nodiscard]] load_result run(std::chrono::duration<double> time,
                                std::size_t in_flight,
                                request_kind what = request_kind::change);

  /// So many commands a second, whatever the answers take.
  [[nodiscard]] load_result run_at_pace(std::chrono::duration<double> time,
                                        double commands_per_second);

  [[nodiscard]] es::actors::runtime& runtime() noexcept;

  /// Publishes the outbox, to nowhere, and subscribes to all that is stored
  /// from now on. Once.
  void publish_and_subscribe();

  struct readers_seen {
    std::uint64_t published = 0;
    std::uint64_t handled = 0;
  };

  /// Publishes the outbox, which has so many events, to nowhere. Gives the
  /// seconds until it is noted of each that it is published. Once.
  [[nodiscard]] double relay_all(std::size_t events);

  /// Until the outbox is empty and the subscription is at the end as well.
  readers_seen wait_until_all_is_read();

  /// The state of the first aggregate.
  [[nodiscard]] es::reference::organization first_state();

private:
  struct parts;

  /// Spreads the plan over callers, and adds up what they saw.
  load_result play(load_actor::plan what, const char* doing);
  std::unique_ptr<parts> parts_;
};

} // namespace es_bench
