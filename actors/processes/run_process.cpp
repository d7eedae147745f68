#include "eventsource/actors/processes/run_process.hpp"

#include "eventsource/actors/processes/command_sender.hpp"
#include "eventsource/actors/processes/process_reactor.hpp"
#include "eventsource/actors/processes/timer_watch.hpp"

#include <utility>

namespace es::actors {

result<running_process>
run_process(caf::actor_system& system, subscriptions& subscribed,
            const settings& how, const process_type& type,
            const process_options& options,
            std::function<caf::actor(std::string_view)> routers,
            std::function<timestamp()> now) {
  const auto router = routers(type.name());
  if (!router)
    return fail(errc::not_found,
                "process \"" + type.name()
                  + "\" is not registered with this runtime; add "
                    "es::process_of<P>() to the types given to "
                    "runtime::start");
  // Either everything is started or nothing.
  const auto commands_name = type.name() + " commands";
  const store::partition last{.index = 0, .count = options.partitions};
  if (auto fine = store::check_key({.name = commands_name, .part = last});
      !fine)
    return tl::unexpected(fine.error());
  const bool skips = options.policy == failing_events::skip;
  running_process made;
  ordered_work::options work{"process " + type.name(), how.subscriptions,
                             skips};
  auto reactions =
    subscribed.subscribe_own({.name = type.name(),
                              .filter = {.event_types = type.source_types()},
                              .start = options.start,
                              .partitions = options.partitions},
                             system.spawn<process_reactor>(work, type, router));
  if (!reactions)
    return tl::unexpected(reactions.error());
  made.reactions = std::move(*reactions);
  work.name += ", commands";
  auto commands = subscribed.subscribe_own(
    {.name = commands_name,
     .filter = {.aggregate_types = {type.name()},
                .event_types = {std::string(process_reacted::event_type)}},
     .partitions = options.partitions},
    system.spawn<command_sender>(work, type, std::move(routers)));
  if (!commands)
    return tl::unexpected(commands.error());
  made.commands = std::move(*commands);
  if (type.has_timers())
    subscribed.add_part(
      type.name() + " timers",
      [&](const caf::actor& worker, std::string owner) -> caf::actor {
        return system.spawn<timer_watch>(
          timer_watch::options{how.subscriptions, skips, std::move(owner),
                               std::move(now)},
          type, router, worker);
      });
  return made;
}

} // namespace es::actors
