#include "eventsource/domain/process_record.hpp"

#include <algorithm>

namespace es {

namespace {

std::int64_t number_of(timestamp when) {
  return when.time_since_epoch().count();
}

timestamp moment_of(const nlohmann::json& json) {
  return timestamp{std::chrono::microseconds{json.get<std::int64_t>()}};
}

} // namespace

void to_json(nlohmann::json& json, const event_place& x) {
  json = {x.epoch, x.transaction, x.number};
}

void from_json(const nlohmann::json& json, event_place& x) {
  json.at(0).get_to(x.epoch);
  json.at(1).get_to(x.transaction);
  json.at(2).get_to(x.number);
}

void to_json(nlohmann::json& json, const process_command& x) {
  json = {{"command_id", x.command_id},
          {"aggregate_type", x.aggregate_type},
          {"aggregate_id", x.aggregate_id},
          {"command_type", x.command_type},
          {"content", x.content}};
}

void from_json(const nlohmann::json& json, process_command& x) {
  json.at("command_id").get_to(x.command_id);
  json.at("aggregate_type").get_to(x.aggregate_type);
  json.at("aggregate_id").get_to(x.aggregate_id);
  json.at("command_type").get_to(x.command_type);
  x.content = json.at("content");
}

void to_json(nlohmann::json& json, const command_refusal& x) {
  json = {{"version", x.place.version},
          {"index", x.place.index},
          {"command", x.command},
          {"code", x.code},
          {"message", x.message}};
}

void from_json(const nlohmann::json& json, command_refusal& x) {
  json.at("version").get_to(x.place.version);
  json.at("index").get_to(x.place.index);
  json.at("command").get_to(x.command);
  json.at("code").get_to(x.code);
  json.at("message").get_to(x.message);
}

void to_json(nlohmann::json& json, const process_reacted& x) {
  json = {{"input", x.input}, {"input_id", x.input_id}};
  // What is as usual is left out: there is one of these for each input.
  if (!x.event_type_seen.empty())
    json["event_type"] = x.event_type_seen;
  if (!x.source_id.empty()) {
    json["source_id"] = x.source_id;
    json["source_version"] = x.source_version;
  }
  if (x.place) {
    json["partition"] = x.partition;
    json["place"] = *x.place;
  }
  if (!x.timer.empty())
    json["timer"] = x.timer;
  if (x.refusal)
    json["refusal"] = *x.refusal;
  if (!x.failure.empty())
    json["failure"] = x.failure;
  if (x.started)
    json["started"] = true;
  if (x.ended)
    json["ended"] = true;
  if (!x.commands.empty())
    json["commands"] = x.commands;
  for (const auto& [name, due_at] : x.timers)
    json["timers"][name] = number_of(due_at);
  if (!x.cancelled.empty())
    json["cancelled"] = x.cancelled;
}

void from_json(const nlohmann::json& json, process_reacted& x) {
  x = {};
  json.at("input").get_to(x.input);
  json.at("input_id").get_to(x.input_id);
  x.event_type_seen = json.value("event_type", "");
  x.source_id = json.value("source_id", "");
  x.source_version = json.value("source_version", version_t{0});
  x.partition = json.value("partition", std::uint32_t{0});
  if (json.contains("place"))
    x.place = json.at("place").get<event_place>();
  x.timer = json.value("timer", "");
  if (json.contains("refusal"))
    x.refusal = json.at("refusal").get<command_refusal>();
  x.failure = json.value("failure", "");
  x.started = json.value("started", false);
  x.ended = json.value("ended", false);
  if (json.contains("commands"))
    json.at("commands").get_to(x.commands);
  if (json.contains("timers"))
    for (const auto& [name, due_at] : json.at("timers").items())
      x.timers[name] = moment_of(due_at);
  if (json.contains("cancelled"))
    json.at("cancelled").get_to(x.cancelled);
}

void process_progress::apply(const process_reacted& event, version_t version) {
  if (event.place)
    handled[event.partition] = *event.place;
  if (event.refusal)
    refused = event.refusal->place;
  timers.erase(event.timer);
  if (event.started) {
    running = true;
    timers.clear();
  }
  for (const auto& name : event.cancelled)
    timers.erase(name);
  for (const auto& [name, due_at] : event.timers)
    timers[name] = {due_at, version};
  if (event.ended) {
    running = false;
    timers.clear();
  }
}

const std::pair<const std::string, process_progress::pending_timer>*
process_progress::first_timer() const {
  const auto i = std::min_element(timers.begin(), timers.end(),
                                  [](const auto& a, const auto& b) {
                                    return a.second.due_at < b.second.due_at;
                                  });
  return i == timers.end() ? nullptr : &*i;
}

void to_json(nlohmann::json& json, const process_progress& x) {
  auto handled = nlohmann::json::array();
  for (const auto& [partition, place] : x.handled)
    handled.push_back({partition, place});
  auto timers = nlohmann::json::object();
  for (const auto& [name, timer] : x.timers)
    timers[name] = {number_of(timer.due_at), timer.set_at};
  json = {{"running", x.running},
          {"handled", std::move(handled)},
          {"timers", std::move(timers)},
          {"refused", {x.refused.version, x.refused.index}}};
}

void from_json(const nlohmann::json& json, process_progress& x) {
  x = {};
  json.at("running").get_to(x.running);
  for (const auto& each : json.at("handled"))
    x.handled[each.at(0).get<std::uint32_t>()] = each.at(1).get<event_place>();
  for (const auto& [name, timer] : json.at("timers").items())
    x.timers[name] = {moment_of(timer.at(0)), timer.at(1).get<version_t>()};
  json.at("refused").at(0).get_to(x.refused.version);
  json.at("refused").at(1).get_to(x.refused.index);
}

} // namespace es
