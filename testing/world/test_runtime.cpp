#include "eventsource/testing/world/test_runtime.hpp"

#include "eventsource/actors/aggregate_router.hpp"
#include "eventsource/actors/caller_actor.hpp"
#include "eventsource/actors/runtime.hpp"
#include "eventsource/testing/line_diff.hpp"
#include "eventsource/testing/world/scripted_worker.hpp"
#include "eventsource/testing/world/test_scheduler.hpp"

#include <limits>
#include <set>

namespace es::testing {

namespace {

using namespace actors;

/// How long callers and stopping runtimes wait: longer than anything should
/// take.
constexpr std::chrono::hours patience{1};

constexpr auto all_of_them = std::numeric_limits<std::size_t>::max() / 2;

/// Gives every event to a function of the test's.
class function_publisher : public publisher {
public:
  using function = std::function<result<void>(const outgoing_event&)>;

  explicit function_publisher(function publish) : publish_(std::move(publish)) {
    // nop
  }

  std::vector<result<void>>
  publish(std::span<const outgoing_event> events) override {
    std::vector<result<void>> outcomes;
    std::set<std::string> held;
    for (const auto& out : events) {
      if (held.contains(out.event.aggregate_id)) {
        outcomes.push_back(tl::unexpected(left_out()));
        continue;
      }
      outcomes.push_back(publish_(out));
      if (!outcomes.back())
        held.insert(out.event.aggregate_id);
    }
    return outcomes;
  }

private:
  function publish_;
};

/// The library's configuration with the test's own types.
std::unique_ptr<test_config<>> make_config(const caf_types& blocks) {
  if (blocks.announce)
    blocks.announce();
  auto made = std::make_unique<test_config<>>();
  if (blocks.add)
    blocks.add(*made);
  return made;
}

template <class T>
T must(result<T> outcome, const std::string& what) {
  if (!outcome)
    throw specification_failed(what + ": " + to_string(outcome.error()));
  if constexpr (!std::is_void_v<T>)
    return std::move(*outcome);
}

} // namespace

struct test_runtime::impl {
  impl(type_registry all, settings how, const caf_types& blocks)
    : types(std::move(all)), how(std::move(how)), config(make_config(blocks)) {
    // nop
  }

  // Also if a runtime did not start: the system waits for its actors.
  ~impl() {
    end();
    caf::anon_send_exit(asking, caf::exit_reason::user_shutdown);
    scheduler.run();
  }

  impl(const impl&) = delete;
  impl& operator=(const impl&) = delete;

  void end() {
    if (!runtime)
      return;
    runtime->kill();
    scheduler.run();
    runtime.reset();
  }

  [[nodiscard]] timestamp now() const {
    return start_time
           + std::chrono::duration_cast<std::chrono::microseconds>(
             scheduler.now());
  }

  type_registry types;
  settings how;
  std::unique_ptr<test_config<>> config;
  caf::actor_system system{*config};
  test_scheduler scheduler{system};
  std::uint64_t last_id = 0;
  std::shared_ptr<ksuid_generator> ids = std::make_shared<ksuid_generator>(
    [this] { return std::chrono::floor<std::chrono::seconds>(now()); },
    [this](ksuid::payload& bytes) {
      bytes.fill(0);
      const auto n = ++last_id;
      for (std::size_t i = 0; i < 8; ++i)
        bytes[7 - i] = static_cast<std::uint8_t>(n >> (8 * i));
    });
  std::shared_ptr<store::memory_store> store =
    std::make_shared<store::memory_store>([this] { return now(); });
  std::shared_ptr<store_faults> faults = std::make_shared<store_faults>();
  caf::actor asking = system.spawn<caller_actor>();
  std::optional<actors::runtime> runtime;
};

test_runtime::test_runtime(type_registry types, settings how, caf_types blocks)
  : impl_(std::make_unique<impl>(std::move(types), std::move(how), blocks)) {
  start();
}

test_runtime::~test_runtime() = default;

settings test_runtime::defaults() {
  settings how;
  how.persistence.writers = 1;
  return how;
}

std::string test_runtime::next_id(std::string_view prefix) {
  return impl_->ids->next(prefix);
}

// -- life ---------------------------------------------------------------------

void test_runtime::start() {
  ports outside;
  outside.now = [all = impl_.get()] { return all->now(); };
  outside.ids = impl_->ids;
  outside.spawn_worker = [faults = impl_->faults](caf::actor_system& system,
                                                  auto store) {
    return system.spawn<scripted_worker>(std::move(store), faults);
  };
  impl_->runtime.emplace(
    must(actors::runtime::start(impl_->system, impl_->how, impl_->types,
                                impl_->store, std::move(outside)),
         "the runtime does not start"));
  run();
}

void test_runtime::crash() {
  impl_->end();
  start();
}

stop_report test_runtime::restart() {
  auto report = std::make_shared<std::optional<stop_report>>();
  impl_->runtime->begin_stop(
    [report](stop_report what) { report->emplace(std::move(what)); });
  if (!wait_for([&] { return report->has_value(); }))
    throw specification_failed("the runtime does not stop");
  impl_->runtime.reset();
  start();
  return std::move(**report);
}

stop_report test_runtime::restart(settings how) {
  impl_->how = std::move(how);
  return restart();
}

// -- time ---------------------------------------------------------------------

void test_runtime::run() {
  impl_->scheduler.run();
}

void test_runtime::advance(std::chrono::nanoseconds by) {
  impl_->scheduler.advance(by);
}

timestamp test_runtime::now() const {
  return impl_->now();
}

bool test_runtime::wait_for(const std::function<bool()>& is_done) {
  auto& scheduler = impl_->scheduler;
  const auto limit = scheduler.now() + patience;
  run();
  while (!is_done()) {
    const auto due = scheduler.next_due();
    if (!due || due->time_since_epoch() > limit)
      return false;
    scheduler.step_to(*due);
    run();
  }
  return true;
}

// -- commands -----------------------------------------------------------------

pending_answer<receipt> test_runtime::send(std::string_view aggregate_type,
                                           std::string id, any_command command,
                                           command_options options) {
  pending_answer<receipt> answer;
  impl_->runtime->submit(aggregate_type, std::move(id), std::move(command),
                         std::move(options),
                         [answer](result<receipt> outcome) mutable {
                           answer.set(std::move(outcome));
                         });
  return answer;
}

result<receipt> test_runtime::execute(std::string_view aggregate_type,
                                      std::string id, any_command command,
                                      command_options options) {
  auto answer =
    send(aggregate_type, std::move(id), std::move(command), std::move(options));
  if (!wait_for([&] { return answer.has_come(); }))
    return fail(errc::internal, "the command was not answered within an hour "
                                "of virtual time");
  return answer.get();
}

receipt test_runtime::accepted(result<receipt> outcome, source_place where) {
  if (!outcome)
    throw specification_failed(to_string(where)
                               + "the command was not accepted: "
                               + to_string(outcome.error()));
  return std::move(*outcome);
}

error test_runtime::refused(result<receipt> outcome, source_place where) {
  if (outcome)
    throw specification_failed(to_string(where)
                               + "the command was accepted, "
                                 "at version "
                               + std::to_string(outcome->version));
  return std::move(outcome.error());
}

// -- state --------------------------------------------------------------------

result<std::string> test_runtime::state_json(std::string_view aggregate_type,
                                             std::string id) {
  auto router = impl_->runtime->find_router(aggregate_type);
  if (!router)
    return tl::unexpected(router.error());
  pending_answer<std::string> answer;
  auto* self = caf::actor_cast<caller_actor*>(impl_->asking);
  compat::tell_anonymously(
    impl_->asking,
    call_back{[self, answer, to = *router, question = query_state{id}] {
      compat::ask(self, to, caf::infinite, question)
        .then(
          [answer](const current_state& state) mutable {
            answer.set(state.json());
          },
          [answer, self](const caf::error& e) mutable {
            answer.set(tl::unexpected(from_caf(self->system(), e)));
          });
    }});
  if (!wait_for([&] { return answer.has_come(); }))
    return fail(errc::internal, "the state was not answered within an hour of "
                                "virtual time");
  return answer.get();
}

any_state test_runtime::decoded(const aggregate_type& type,
                                result<std::string> json, source_place where) {
  auto state = json ? type.decode_state(*json) : tl::unexpected(json.error());
  if (!state)
    throw specification_failed(
      to_string(where) + "there is no state: " + to_string(state.error()));
  return *state;
}

// -- what is stored -----------------------------------------------------------

std::vector<recorded_event> test_runtime::events(std::string_view id) const {
  return must(impl_->store->load_events(id, 1, all_of_them), "events");
}

std::vector<recorded_event> test_runtime::events() const {
  std::vector<recorded_event> all;
  store::log_request request;
  for (bool more = true; more;) {
    auto page = must(impl_->store->log().read(request), "events");
    for (auto& each : page.events)
      all.push_back(std::move(each.event));
    request.after = page.read_to;
    more = page.more;
  }
  return all;
}

void test_runtime::expect_stored(std::string_view id,
                                 const std::vector<event_form>& wanted) const {
  std::vector<event_form> stored;
  for (const auto& event : events(id))
    stored.push_back({event.type, event.schema_version, event.data});
  if (stored != wanted)
    throw specification_failed(
      "other events of " + std::string(id)
      + " are stored than expected (- expected, + stored)\n"
      + indented(line_diff(pretty(wanted), pretty(stored)), "  "));
}

std::vector<named_row> test_runtime::rows(const projection_table& table) const {
  std::vector<named_row> all;
  for (auto& cells :
       must(impl_->store->scan_projection(table, {}, all_of_them), "rows")) {
    auto& named = all.emplace_back();
    for (std::size_t i = 0; i < cells.size(); ++i)
      named.emplace(table.columns[i].name, std::move(cells[i]));
  }
  return all;
}

std::vector<store::outbox_entry> test_runtime::outbox() const {
  return must(impl_->store->scan_outbox({}, 0, all_of_them), "outbox");
}

// -- actors -------------------------------------------------------------------

std::vector<std::string>
test_runtime::live(std::string_view aggregate_type) const {
  auto router = must(impl_->runtime->find_router(aggregate_type), "live");
  return caf::actor_cast<aggregate_router*>(router)->live_ids();
}

void test_runtime::relay_outbox(
  std::function<result<void>(const outgoing_event&)> publish) {
  must(impl_->runtime->relay_outbox(
         [publish]() -> result<std::unique_ptr<publisher>> {
           return std::make_unique<function_publisher>(publish);
         }),
       "the outbox can't be relayed");
  run();
}

void test_runtime::project(std::shared_ptr<const async_projection> what) {
  must(impl_->runtime->subscriptions().project(std::move(what)),
       "the projection can't be run");
  run();
}

// -- faults -------------------------------------------------------------------

store_faults& test_runtime::faults() noexcept {
  return *impl_->faults;
}

void test_runtime::append_foreign(const aggregate_type& type, std::string id,
                                  const std::vector<event_form>& events) {
  store::append_request append;
  append.aggregate_id = std::move(id);
  append.aggregate_type = type.name();
  append.expected_version =
    static_cast<version_t>(this->events(append.aggregate_id).size());
  append.occurred_at = now();
  for (const auto& event : events)
    append.events.push_back({next_id(event_id_prefix), event.type,
                             event.schema_version, event.data,
                             type.publishes(event.type)});
  auto outcome = impl_->store->write({&append, 1}).at(0);
  if (!outcome.ok())
    throw specification_failed("the foreign append was refused: "
                               + to_string(outcome.error));
}

void test_runtime::corrupt_event(std::string_view id, version_t version,
                                 std::string text) {
  impl_->store->corrupt_event(id, version, std::move(text));
}

void test_runtime::corrupt_snapshot(std::string_view id, version_t version,
                                    std::string text) {
  impl_->store->corrupt_snapshot(id, version, std::move(text));
}

// -- below --------------------------------------------------------------------

store::memory_store& test_runtime::store() noexcept {
  return *impl_->store;
}

actors::runtime& test_runtime::runtime() noexcept {
  return *impl_->runtime;
}

caf::actor_system& test_runtime::system() noexcept {
  return impl_->system;
}

test_scheduler& test_runtime::scheduler() noexcept {
  return impl_->scheduler;
}

} // namespace es::testing
