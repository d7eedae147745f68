#include "eventsource/actors/processes/command_sender.hpp"

#include "eventsource/domain/json_text.hpp"

#include <utility>

namespace es::actors {

namespace {

result<process_reacted> read_record(const recorded_event& event) {
  auto json = decode_json(event.data, "data of event " + event.id);
  if (!json)
    return tl::unexpected(json.error());
  try {
    return json->get<process_reacted>();
  } catch (const std::exception& e) {
    return fail(errc::corrupt,
                "event " + event.id + " does not read: " + e.what());
  }
}

} // namespace

command_sender::command_sender(caf::actor_config& config, options how,
                               const process_type& type, find_router routers)
  : ordered_work(config, std::move(how)), type_(type),
    routers_(std::move(routers)) {
  // nop
}

void command_sender::on_exit() {
  ordered_work::on_exit();
  routers_ = nullptr;
}

std::vector<ordered_work::step>
command_sender::steps_of(const store::logged_event& event,
                         const store::partition&) {
  auto record = read_record(event.event);
  if (record && record->commands.empty())
    return {};
  return {{event.event.aggregate_id,
           [this, stored = event.event, record = std::move(record)](
             const std::string& given_up, const finished& done) {
             if (record)
               begin(std::make_shared<batch>(
                 batch{stored, *record, 0, given_up, done}));
             else if (given_up.empty())
               done(tl::unexpected(record.error()));
             else
               done({});
           }}};
}

void command_sender::begin(const shared_batch& what) {
  compat::ask(this, routers_(type_.name()), caf::infinite,
              query_state{what->event.aggregate_id})
    .then(
      [this, what](const current_state& now) {
        const auto state = now.of(type_);
        if (!state) {
          what->done(tl::unexpected(state.error()));
          return;
        }
        // One that was refused must not be tried again: it might be accepted.
        const auto known = process_type::progress_of(*state).refused;
        while (what->next < what->record.commands.size()
               && command_place{what->event.version, what->next} <= known)
          ++what->next;
        send_next(what);
      },
      [this, what](const caf::error& e) {
        what->done(tl::unexpected(from_caf(system(), e)));
      });
}

void command_sender::send_next(const shared_batch& what) {
  if (what->next >= what->record.commands.size()) {
    what->done({});
    return;
  }
  const auto& command = what->record.commands[what->next];
  const auto router = routers_(command.aggregate_type);
  if (!router) {
    on_failed(what,
              {errc::not_found,
               "process " + type_.name() + " sends " + command.command_type
                 + " to aggregate type \"" + command.aggregate_type
                 + "\", which is not registered with this runtime"});
    return;
  }
  command_options options;
  options.metadata = follow_up_metadata(what->event.id, what->event.metadata);
  options.command_id = command.command_id;
  compat::ask(this, router, caf::infinite,
              submit_command{
                command.aggregate_id,
                any_command::from_json(command.command_type, command.content),
                std::move(options)})
    .then(
      [this, what](const receipt&) {
        ++what->next;
        send_next(what);
      },
      [this, what](const caf::error& e) {
        on_failed(what, from_caf(system(), e));
      });
}

void command_sender::on_failed(const shared_batch& what, const error& why) {
  if (why.code == errc::rejected)
    tell_refusal(what, why.reason, why.message);
  else if (why.code == errc::invalid)
    tell_refusal(what, "invalid", why.message);
  else if (!what->given_up.empty() && !is_passing(why.code))
    tell_refusal(what, std::string(to_string(why.code)), why.message);
  else
    what->done(tl::unexpected(why));
}

void command_sender::tell_refusal(const shared_batch& what, std::string code,
                                  std::string message) {
  process_input input;
  input.what = process_input::kind::refusal;
  input.refusal = command_refusal{{what->event.version, what->next},
                                  what->record.commands[what->next],
                                  std::move(code),
                                  std::move(message)};
  tell_instance(what, std::move(input));
}

void command_sender::tell_instance(const shared_batch& what,
                                   process_input input) {
  const bool has_given_up = !input.given_up.empty();
  command_options options;
  options.metadata = follow_up_metadata(what->event.id, what->event.metadata);
  compat::ask(this, routers_(type_.name()), caf::infinite,
              submit_command{what->event.aggregate_id, any_command::of(input),
                             std::move(options)})
    .then(
      [this, what](const receipt&) {
        ++what->next;
        send_next(what);
      },
      [this, what, input, has_given_up](const caf::error& e) {
        const auto why = from_caf(system(), e);
        if (what->given_up.empty() || has_given_up || is_passing(why.code)) {
          what->done(tl::unexpected(why));
          return;
        }
        // Reacting to it has failed too often: recorded, and that is all.
        auto last = input;
        last.given_up = to_string(why);
        tell_instance(what, std::move(last));
      });
}

} // namespace es::actors
