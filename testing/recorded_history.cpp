#include "eventsource/testing/recorded_history.hpp"

#include "eventsource/domain/ksuid.hpp"
#include "eventsource/testing/line_diff.hpp"

#include <span>

namespace es::testing {

namespace {

std::string numbered(const std::string& type, int schema_version) {
  return schema_version == 1 ? type
                             : type + " v" + std::to_string(schema_version);
}

} // namespace

std::string to_string(const event_form& event) {
  return numbered(event.type, event.schema_version) + " " + event.data;
}

std::string pretty(const std::vector<event_form>& events) {
  std::string out;
  for (const auto& event : events)
    out += numbered(event.type, event.schema_version) + " "
           + pretty_json(event.data) + "\n";
  return out;
}

std::string to_string(const any_command& command) {
  return command.type() + " "
         + command.to_json().dump(-1, ' ', false,
                                  nlohmann::json::error_handler_t::replace);
}

std::string fixed_id(std::string_view prefix, std::size_t number) {
  // Digits are among a KSUID's characters.
  auto digits = std::to_string(number);
  return std::string(prefix) + std::string(27 - digits.size(), '0') + digits;
}

recorded_history::recorded_history(const aggregate_type& type)
  : aggregate_id(fixed_id(type.id_prefix(), 1)),
    type_(&type), state_{type.initial(), 0} {
  // nop
}

void recorded_history::record(const event_form& event) {
  const auto version = static_cast<version_t>(events_.size()) + 1;
  events_.push_back({fixed_id(event_id_prefix, events_.size() + 1), event.type,
                     event.schema_version, now, now, aggregate_id,
                     type_->name(), version, event.data,
                     metadata.json().dump()});
}

result<void> recorded_history::add_stored(const event_form& event) {
  record(event);
  auto next = type_->replay(state_, std::span(events_).last(1));
  if (!next) {
    events_.pop_back();
    return tl::unexpected(next.error());
  }
  state_ = std::move(*next);
  return {};
}

result<std::vector<event_form>>
recorded_history::decide(const any_command& command) {
  auto made = type_->decide(state_.state, command,
                            {aggregate_id, state_.version, now, metadata});
  if (!made)
    return tl::unexpected(made.error());
  std::vector<event_form> forms;
  for (auto& event : made->events) {
    forms.push_back({event.type, event.schema_version, std::move(event.data)});
    record(forms.back());
  }
  if (made->next)
    state_ = {made->next, static_cast<version_t>(events_.size())};
  return forms;
}

result<versioned_state> recorded_history::replay(versioned_state from) const {
  const auto done = static_cast<std::size_t>(from.version);
  return type_->replay(std::move(from), std::span(events_).subspan(done));
}

result<row_change> recorded_history::project() const {
  return type_->project(state_.state,
                        {aggregate_id, state_.version, now, metadata});
}

} // namespace es::testing
