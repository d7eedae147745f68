#include "eventsource/actors/processes/process_reactor.hpp"

#include "eventsource/actors/messages.hpp"

#include <utility>

namespace es::actors {

process_reactor::process_reactor(caf::actor_config& config, options how,
                                 const process_type& type, caf::actor router)
  : ordered_work(config, std::move(how)), type_(type),
    router_(std::move(router)) {
  // nop
}

void process_reactor::on_exit() {
  ordered_work::on_exit();
  router_ = nullptr;
}

std::vector<ordered_work::step>
process_reactor::steps_of(const store::logged_event& event,
                          const store::partition& part) {
  auto failing = [&](const error& why) {
    // Whom it concerns is not known, so that it can be recorded nowhere.
    return step{event.event.id,
                [why](const std::string& given_up, const finished& done) {
                  done(given_up.empty() ? result<void>{tl::unexpected(why)}
                                        : result<void>{});
                }};
  };
  std::vector<step> steps;
  const auto found = type_.correlate(event.event);
  if (!found)
    return {failing(found.error())};
  if (found->what == correlation::kind::ignore)
    return steps;
  process_input input;
  input.how = found->what;
  input.partition = part.index;
  input.place = {event.at.epoch, event.at.transaction, event.at.number};
  input.event = event.event;
  for (const auto& id : found->ids) {
    auto instance = type_.instance_of(id);
    if (!instance) {
      steps.push_back(failing(instance.error()));
      continue;
    }
    steps.push_back(
      {*instance, [this, id = *instance, input](const std::string& given_up,
                                                const finished& done) {
         auto what = input;
         what.given_up = given_up;
         tell_instance(id, std::move(what), done);
       }});
  }
  return steps;
}

void process_reactor::tell_instance(const std::string& id, process_input input,
                                    const finished& done) {
  command_options options;
  options.metadata = follow_up_metadata(input.event.id, input.event.metadata);
  compat::ask(
    this, router_, caf::infinite,
    submit_command{id, any_command::of(std::move(input)), std::move(options)})
    .then([done](const receipt&) { done({}); },
          [this, done](const caf::error& e) {
            done(tl::unexpected(from_caf(system(), e)));
          });
}

} // namespace es::actors
