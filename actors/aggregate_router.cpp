#include "eventsource/actors/aggregate_router.hpp"

#include "eventsource/actors/aggregate_actor.hpp"
#include "eventsource/actors/deadline.hpp"
#include "eventsource/domain/json_text.hpp"

#include <algorithm>

namespace es::actors {

namespace {

/// What is wrong with a command whatever the aggregate's state is. A typed one
/// has no JSON: its events are measured when they are made.
result<void> check_content(const submit_command& message,
                           const settings::command_settings& how) {
  const auto& type = message.command.type();
  if (auto ok = message.options.metadata.check(); !ok)
    return fail(ok.error().code, "command " + type + " for "
                                   + message.aggregate_id + ": "
                                   + ok.error().message);
  const auto* json = message.command.json_if();
  if (json && !has_allowed_size(*json, how.payload_bytes_max))
    return fail(errc::invalid, "the JSON of command " + type + " for "
                                 + message.aggregate_id + " has more than the "
                                 + std::to_string(how.payload_bytes_max)
                                 + " bytes of commands.payload_bytes_max");
  return {};
}

result<void> check_content(const query_state&,
                           const settings::command_settings&) {
  return {};
}

} // namespace

aggregate_router::aggregate_router(caf::actor_config& config,
                                   std::shared_ptr<const environment> env,
                                   const aggregate_type& type)
  : guarded_actor<chained_actor>(config), env_(std::move(env)), type_(type),
    line_(env_->door), watch_(this) {
  compat::handle_unexpected(this, [this](const compat::message_content& what) {
    if (what.match_element<std::string>(0))
      line_.leave();
  });
}

caf::behavior aggregate_router::make_behavior() {
  if (!sweep_timer_.armed()) {
    sweep_timer_.start(this, env_->how.aggregates.sweep_interval);
    for (const auto& writer : env_->writers)
      watch_.watch(writer, [this](const caf::error&) {
        if (!stopping_)
          quit(to_caf({errc::internal, "a persistence actor ended"}));
      });
  }
  caf::message_handler core{
    [this](submit_command& message) { return accept(std::move(message)); },
    [this](query_state& message) { return ask_state(std::move(message)); },
    [this](sweep_tick tick) {
      if (sweep_timer_.fired(tick))
        sweep();
    },
    [this](const aggregate_gone& message) { on_gone(message.aggregate_id); },
    [this](watch_deadline& message) {
      watch_deadline_of(message.aggregate_id, message.when);
    },
    [this](deadline_watch_tick tick) {
      if (deadline_timer_.fired(tick))
        remind();
    },
    [this](stop) { return on_stop(); },
    [this](install_face& message) {
      if (face_)
        return;
      face_ = std::move(message.face);
      become(make_behavior());
    },
  };
  if (!face_)
    return core;
  return face_->handlers(*this).or_else(core);
}

std::vector<std::string> aggregate_router::live_ids() const {
  std::vector<std::string> ids;
  for (const auto& [id, entry] : live_)
    ids.push_back(id);
  std::sort(ids.begin(), ids.end());
  return ids;
}

void aggregate_router::on_exit() {
  auto gone = to_caf(
    {errc::unavailable, "the router of " + type_.name() + " was stopped"});
  for (auto& [id, entry] : live_) {
    if (entry.is_stopping())
      for (auto& message : *entry.waiting)
        std::visit([&](auto& item) { item.promise.deliver(gone); }, message);
    caf::anon_send_exit(entry.actor, caf::exit_reason::kill);
  }
  live_.clear();
  recently_used_.clear();
  answer_stop();
  env_ = nullptr;
}

// -- the door -----------------------------------------------------------------

caf::error aggregate_router::refusal(const compat::message_content& what) {
  // The runtime's own messages are never refused; callers' begin with an id or
  // are one of these.
  if (what.empty())
    return {};
  if (what.match_element<submit_command>(0)) {
    if (what.get_as<submit_command>(0).counted)
      return {};
  } else if (what.match_element<query_state>(0)) {
    if (what.get_as<query_state>(0).counted)
      return {};
  } else if (!what.match_element<std::string>(0)) {
    return {};
  }
  return line_.join() ? caf::error{} : to_caf(line_.door().refusal());
}

result<void> aggregate_router::let_in(ticket& counted) {
  if (counted)
    return {};
  line_.leave();
  auto taken = line_.door().admit(clock().now());
  if (!taken)
    return tl::unexpected(line_.door().refusal());
  counted = std::move(*taken);
  return {};
}

// -- command_sink -------------------------------------------------------------

template <class Answer, class Message>
caf::result<Answer> aggregate_router::pass_on(Message message) {
  if (auto ok = let_in(message.counted); !ok)
    return to_caf(ok.error());
  if (auto ok = check_content(message, env_->how.commands); !ok)
    return to_caf(ok.error());
  auto found = use(message.aggregate_id, message.counted.taken());
  if (!found)
    return to_caf(found.error());
  auto& entry = **found;
  if (!entry.is_stopping()) {
    make_response_promise<Answer>().delegate(entry.actor, std::move(message));
    return caf::delegated<Answer>{};
  }
  // Before there is a promise: whoever makes one has to answer by it.
  if (entry.waiting->size() >= env_->how.aggregates.queue_commands_max)
    return to_caf(
      {errc::overloaded, "too many commands wait for an aggregate of type "
                           + type_.name() + "; try again later"});
  auto promise = make_response_promise<Answer>();
  auto deadline =
    deadline_after(message.counted.taken(), env_->timeout_of(message));
  watch_deadline_of(message.aggregate_id, deadline);
  entry.waiting->push_back(
    kept<Message, Answer>{std::move(message), promise, deadline});
  return promise;
}

caf::result<receipt> aggregate_router::accept(submit_command message) {
  return pass_on<receipt>(std::move(message));
}

caf::result<current_state> aggregate_router::ask_state(query_state question) {
  return pass_on<current_state>(std::move(question));
}

// -- live aggregates ----------------------------------------------------------

result<aggregate_router::live_aggregate*>
aggregate_router::use(const std::string& id, caf::actor_clock::time_point now) {
  if (stopping_)
    return fail(errc::unavailable,
                "the runtime is stopping; the command was not executed");
  auto i = live_.find(id);
  if (i == live_.end()) {
    if (auto ok = parse_id(type_.id_prefix(), id); !ok)
      return tl::unexpected(ok.error());
    i = live_.try_emplace(id).first;
    i->second.place = recently_used_.insert(recently_used_.end(), &i->first);
    start_actor(id, i->second);
    if (recently_used_.size() > env_->how.aggregates.live_max)
      passivate_one(live_.at(*recently_used_.front()));
  } else if (!i->second.is_stopping()) {
    recently_used_.splice(recently_used_.end(), recently_used_,
                          i->second.place);
  }
  i->second.last_used = now;
  return &i->second;
}

void aggregate_router::start_actor(const std::string& id,
                                   live_aggregate& entry) {
  entry.actor = spawn<aggregate_actor>(env_, type_, id, address());
}

void aggregate_router::passivate_one(live_aggregate& entry) {
  // Messages of one sender keep their order: what was handed on before is
  // handled before `passivate`.
  entry.waiting = std::make_unique<std::list<waiting_message>>();
  recently_used_.erase(entry.place);
  compat::tell(this, entry.actor, passivate{});
}

void aggregate_router::on_gone(const std::string& id) {
  auto i = live_.find(id);
  if (i == live_.end())
    return;
  auto& entry = i->second;
  if (!entry.is_stopping())
    recently_used_.erase(entry.place); // it was killed from outside
  if (!entry.waiting || entry.waiting->empty()) {
    live_.erase(i);
    stop_if_done();
    return;
  }
  auto waiting = std::move(entry.waiting);
  entry.place = recently_used_.insert(recently_used_.end(), &i->first);
  start_actor(id, entry);
  for (auto& message : *waiting)
    std::visit(
      [&](auto& item) {
        // Its time goes on: the ticket says when it began.
        item.promise.delegate(entry.actor, std::move(item.content));
      },
      message);
  if (stopping_)
    passivate_one(entry);
}

void aggregate_router::sweep() {
  sweep_timer_.start(this, env_->how.aggregates.sweep_interval);
  auto after = env_->how.aggregates.passivate_after;
  if (after.count() == 0)
    return;
  auto limit = clock().now() - after;
  while (!recently_used_.empty()) {
    auto& entry = live_.at(*recently_used_.front());
    if (entry.last_used > limit)
      break;
    passivate_one(entry);
  }
}

// -- deadlines ----------------------------------------------------------------

void aggregate_router::watch_deadline_of(const std::string& id,
                                         caf::actor_clock::time_point when) {
  auto i = deadlines_.emplace(when, id);
  if (i == deadlines_.begin())
    start_deadline_timer();
}

void aggregate_router::start_deadline_timer() {
  deadline_timer_.start(this,
                        wait_until(deadlines_.begin()->first, clock().now()));
}

void aggregate_router::remind() {
  auto end = deadlines_.upper_bound(clock().now());
  for (auto i = deadlines_.begin(); i != end; ++i) {
    auto entry = live_.find(i->second);
    if (entry == live_.end())
      continue;
    compat::tell(this, entry->second.actor, check_deadlines{});
    expire_waiting(entry->second);
  }
  deadlines_.erase(deadlines_.begin(), end);
  if (!deadlines_.empty())
    start_deadline_timer();
}

void aggregate_router::expire_waiting(live_aggregate& entry) {
  if (!entry.is_stopping())
    return;
  const auto now = clock().now();
  auto late = to_caf({errc::timeout, "the command waited longer than its "
                                     "timeout for an aggregate that stops; it "
                                     "was not executed"});
  std::erase_if(*entry.waiting, [&](waiting_message& message) {
    return std::visit(
      [&](auto& item) {
        if (item.deadline > now)
          return false;
        item.promise.deliver(late);
        return true;
      },
      message);
  });
}

// -- stopping -----------------------------------------------------------------

caf::result<stopped> aggregate_router::on_stop() {
  stopping_ = true;
  auto answer = make_response_promise<stopped>();
  stop_answers_.push_back(answer);
  while (!recently_used_.empty())
    passivate_one(live_.at(*recently_used_.front()));
  stop_if_done();
  return answer;
}

void aggregate_router::stop_if_done() {
  if (!stopping_ || !live_.empty())
    return;
  answer_stop();
  quit();
}

// A promise keeps its own actor alive: none may stay behind.
void aggregate_router::answer_stop() {
  for (auto& answer : stop_answers_)
    answer.deliver(stopped{});
  stop_answers_.clear();
}

} // namespace es::actors
