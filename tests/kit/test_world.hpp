#pragma once

#include "eventsource/actors/runtime.hpp"
#include "eventsource/actors/store_worker.hpp"
#include "eventsource/store/memory/memory_store.hpp"
#include "eventsource/testing/world/test_scheduler.hpp"
#include "eventsource/tests/kit/test.hpp"

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace es::testing {

/// A whole runtime on the memory store, a scheduler without threads and virtual
/// time: what happens in it depends on nothing else (promise 13).
template <class... UserBlocks>
class test_world {
public:
  /// The moment at which a world's virtual time starts.
  static timestamp start_time() {
    return timestamp{std::chrono::seconds(1'700'000'000)};
  }

  explicit test_world(type_registry types, actors::settings how = quick())
    : types_(std::move(types)), how_(std::move(how)) {
    start();
  }

  ~test_world() {
    stop();
  }

  test_world(const test_world&) = delete;
  test_world& operator=(const test_world&) = delete;

  /// Defaults with limits that a test reaches soon.
  static actors::settings quick() {
    actors::settings how;
    how.persistence.writers = 1;
    how.runtime.stop_timeout = std::chrono::milliseconds(200);
    return how;
  }

  // -- time and messages ------------------------------------------------------

  void run() {
    scheduler_.run();
  }

  void advance(std::chrono::nanoseconds by) {
    scheduler_.advance(by);
  }

  test_scheduler& scheduler() {
    return scheduler_;
  }

  [[nodiscard]] timestamp now() const {
    return start_time()
           + std::chrono::duration_cast<std::chrono::microseconds>(
             scheduler_.now());
  }

  // -- commands ---------------------------------------------------------------

  /// An answer that arrives, or not, while the world runs.
  template <class T>
  using slot = std::shared_ptr<std::optional<result<T>>>;

  /// Sends a command; nothing happens until the world runs.
  template <class A, class Command>
  requires has_command<A, Command> slot<receipt>
  send(const std::string& id, Command command, command_options options = {}) {
    return send_any(A::aggregate_type, id, any_command::of(std::move(command)),
                    std::move(options));
  }

  /// Sends a command and runs until nothing is left to do.
  template <class A, class Command>
  requires has_command<A, Command> result<receipt>
  execute(const std::string& id, Command command,
          command_options options = {}) {
    return awaited(send<A>(id, std::move(command), std::move(options)));
  }

  /// Asks for the committed state.
  template <class A>
  slot<actors::current_state> query(const std::string& id) {
    return query_any(A::aggregate_type, id);
  }

  template <class A>
  result<actors::current_state> state(const std::string& id) {
    return awaited(query<A>(id));
  }

  // -- life -------------------------------------------------------------------

  /// Kills the runtime, forgetting all memory, and starts another one on the
  /// same store.
  void restart() {
    stop();
    start();
  }

  /// Restarts with other settings.
  void reconfigure(actors::settings how) {
    how_ = std::move(how);
    restart();
  }

  /// Stops the runtime in order; whether all of it came to its end in time.
  bool stops_cleanly() {
    auto clean = std::make_shared<bool>(false);
    runtime().begin_stop([clean](const actors::stop_report& report) {
      *clean = report.late.empty();
    });
    run();
    return *clean;
  }

  actors::runtime& runtime() {
    return *runtime_;
  }

  caf::actor_system& system() {
    return system_;
  }

  store::memory_store& store() {
    return *store_;
  }

  /// How far a named subscription has got, which has one partition.
  store::checkpoint checkpoint_of(const std::string& name) {
    const auto all = store().subscriptions().list().value();
    for (const auto& each : all)
      if (each.key.name == name)
        return each.progress;
    ES_FAIL("there is no such subscription");
  }

  /// A new id of aggregate type `A`; the same sequence in every run.
  template <class A>
  std::string new_id() {
    return ids_->next(A::id_prefix);
  }

private:
  slot<receipt> send_any(std::string_view type, const std::string& id,
                         any_command command, command_options options) {
    auto answer = std::make_shared<std::optional<result<receipt>>>();
    runtime().submit(type, id, std::move(command), std::move(options),
                     [answer](result<receipt> outcome) {
                       answer->emplace(std::move(outcome));
                     });
    return answer;
  }

  slot<actors::current_state> query_any(std::string_view type,
                                        const std::string& id) {
    auto answer =
      std::make_shared<std::optional<result<actors::current_state>>>();
    auto router = runtime().find_router(type);
    ES_REQUIRE(router);
    system_.spawn([=, this, to = *router](caf::event_based_actor* self) {
      actors::compat::ask(self, to, caf::infinite, actors::query_state{id})
        .then(
          [answer](actors::current_state& state) {
            answer->emplace(std::move(state));
          },
          [answer, this](const caf::error& e) {
            answer->emplace(tl::unexpected(actors::from_caf(system_, e)));
          });
    });
    return answer;
  }

  template <class T>
  result<T> awaited(const slot<T>& answer) {
    run();
    if (!*answer)
      return fail(errc::internal, "no answer when everything came to rest");
    return std::move(**answer);
  }

  void start() {
    actors::ports outside;
    outside.now = [this] { return now(); };
    outside.ids = ids_;
    outside.spawn_worker = [](caf::actor_system& system, auto store) {
      return system.spawn<actors::store_worker>(std::move(store));
    };
    auto made = actors::runtime::start(system_, how_, types_, store_, outside);
    if (!made)
      throw std::runtime_error(to_string(made.error()));
    runtime_.emplace(std::move(*made));
    run();
  }

  void stop() {
    if (!runtime_)
      return;
    runtime_->kill();
    run();
    runtime_.reset();
  }

  static std::shared_ptr<ksuid_generator> make_ids(test_world* self) {
    auto counter = std::make_shared<std::uint64_t>(0);
    return std::make_shared<ksuid_generator>(
      [self] {
        return std::chrono::time_point_cast<std::chrono::seconds>(self->now());
      },
      [counter](ksuid::payload& bytes) {
        bytes.fill(0);
        auto n = ++*counter;
        for (std::size_t i = 0; i < 8; ++i)
          bytes[7 - i] = static_cast<std::uint8_t>(n >> (8 * i));
      });
  }

  test_config<UserBlocks...> config_;
  caf::actor_system system_{config_};
  test_scheduler scheduler_{system_};
  std::shared_ptr<ksuid_generator> ids_ = make_ids(this);
  std::shared_ptr<store::memory_store> store_ =
    std::make_shared<store::memory_store>([this] { return now(); });
  type_registry types_;
  actors::settings how_;
  std::optional<actors::runtime> runtime_;
};

} // namespace es::testing
