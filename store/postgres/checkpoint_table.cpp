#include "eventsource/store/postgres/checkpoint_table.hpp"

#include "eventsource/store/postgres/event_reader.hpp"
#include "eventsource/store/postgres/log_reader.hpp"

#include <charconv>

namespace es::store::postgres {

namespace {

parameters key_of(const subscription_key& key) {
  return {key.name, std::to_string(key.part.index)};
}

subscription_state read_state(std::string_view text) {
  if (text == "paused")
    return subscription_state::paused;
  if (text == "stopped")
    return subscription_state::stopped;
  return subscription_state::running;
}

/// The columns from the place on: place, events, state, error.
checkpoint read_checkpoint(const rows& from, std::size_t row,
                           std::size_t column) {
  return {.at = read_position(from, row, column),
          .events = from.number(row, column + 3),
          .state = read_state(from.text(row, column + 4)),
          .error = std::string(from.text(row, column + 5))};
}

} // namespace

result<checkpoint> open_subscription(connection& link,
                                     const subscription_key& key,
                                     const position& start) {
  const auto load = [&] { return link.run("load_checkpoint", key_of(key)); };
  auto found = load();
  if (found.empty()) {
    auto values = key_of(key);
    values.push_back(std::to_string(key.part.count));
    add_position(values, start);
    link.run("open_subscription", values);
    found = load();
  }
  if (found.empty())
    return fail(errc::conflict, "subscription " + key.name
                                  + " was forgotten while it was opened");
  const auto count = static_cast<std::uint32_t>(found.number(0, 0));
  if (count != key.part.count || found.text(0, 1) != "t")
    return fail(errc::conflict,
                "subscription " + key.name + " was made with "
                  + std::to_string(count) + " partitions, not "
                  + std::to_string(key.part.count)
                  + ": their number can't change, because each has a "
                    "checkpoint; forget it and begin anew, or name another "
                    "one");
  return read_checkpoint(found, 0, 2);
}

bool move_checkpoint(connection& link, const subscription_key& key,
                     const position& from, const position& to,
                     std::int64_t events) {
  auto values = key_of(key);
  add_position(values, from);
  add_position(values, to);
  values.push_back(std::to_string(events));
  return link.run("move_checkpoint", values).affected() == 1;
}

bool set_subscription_state(connection& link, std::string_view name,
                            subscription_state state, std::string_view error) {
  return link
           .run("set_subscription_state",
                {std::string(name), std::string(to_string(state)),
                 std::string(error)})
           .affected()
         > 0;
}

std::vector<subscription_status> list_subscriptions(connection& link) {
  const auto found = link.run("list_subscriptions");
  std::vector<subscription_status> result;
  result.reserve(found.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    const auto index = static_cast<std::uint32_t>(found.number(i, 1));
    const auto count = static_cast<std::uint32_t>(found.number(i, 2));
    result.push_back(
      {.key = {.name = std::string(found.text(i, 0)), .part = {index, count}},
       .progress = read_checkpoint(found, i, 3),
       .updated_at = found.time(i, 9),
       .dead_letters = found.number(i, 10)});
  }
  return result;
}

void insert_dead_letters(connection& link, const subscription_key& key,
                         std::span<const dead_letter> letters) {
  for (const auto& letter : letters) {
    parameters values{key.name, letter.event_id, std::to_string(key.part.index),
                      letter.aggregate_id, std::to_string(letter.version)};
    add_position(values, letter.at);
    values.emplace_back(letter.error);
    values.push_back(std::to_string(letter.attempts));
    link.run("insert_dead_letter", values);
  }
}

std::vector<dead_letter>
list_dead_letters(connection& link, std::string_view name, std::size_t limit) {
  const auto found =
    link.run("list_dead_letters", {std::string(name), limit_text(limit)});
  std::vector<dead_letter> result;
  result.reserve(found.size());
  for (std::size_t i = 0; i < found.size(); ++i)
    result.push_back({.subscription = std::string(found.text(i, 0)),
                      .event_id = std::string(found.text(i, 1)),
                      .aggregate_id = std::string(found.text(i, 2)),
                      .version = found.number(i, 3),
                      .at = read_position(found, i, 4),
                      .error = std::string(found.text(i, 7)),
                      .attempts = static_cast<int>(found.number(i, 8))});
  return result;
}

void forget_subscription(connection& link, std::string_view name) {
  link.run("delete_subscription", {std::string(name)});
  link.run("delete_dead_letters", {std::string(name)});
}

void take_place(connection& link, std::string_view shadow,
                std::string_view live) {
  const parameters both{std::string(live), std::string(shadow)};
  // A projection that never ran begins where its rebuild ended.
  if (link.run("place_checkpoints", both).affected() == 0)
    link.run("rename_subscription", both);
  link.run("delete_dead_letters", {std::string(live)});
  link.run("rename_dead_letters", {std::string(shadow), std::string(live)});
  link.run("delete_subscription", {std::string(shadow)});
}

} // namespace es::store::postgres
