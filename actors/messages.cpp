#include "eventsource/actors/messages.hpp"

#include <limits>
#include <stdexcept>

namespace es {

namespace {

/// Stricter than nlohmann's conversion, which takes fractions, and numbers that
/// do not fit.
std::int64_t whole_number(const nlohmann::json& value) {
  constexpr auto max = std::numeric_limits<std::int64_t>::max();
  if (!value.is_number_integer()
      || (value.is_number_unsigned()
          && value.get<std::uint64_t>() > static_cast<std::uint64_t>(max)))
    throw std::invalid_argument("no whole number of 64 bits");
  return value.get<std::int64_t>();
}

} // namespace

void to_json(nlohmann::json& json, const command_options& x) {
  json = {{"metadata", x.metadata.json()}};
  if (x.expected_version)
    json["expected_version"] = *x.expected_version;
  if (x.command_id)
    json["command_id"] = *x.command_id;
  if (x.timeout)
    json["timeout_ms"] = x.timeout->count();
}

void from_json(const nlohmann::json& json, command_options& x) {
  x = {};
  if (auto about = metadata::from_json(json.at("metadata")))
    x.metadata = std::move(*about);
  else
    throw std::invalid_argument(about.error().message);
  if (auto i = json.find("expected_version"); i != json.end())
    x.expected_version = whole_number(*i);
  if (auto i = json.find("command_id"); i != json.end())
    x.command_id = i->get<std::string>();
  if (auto i = json.find("timeout_ms"); i != json.end())
    x.timeout = std::chrono::milliseconds(whole_number(*i));
}

} // namespace es

namespace es::actors {

// -- current_state ------------------------------------------------------------

current_state::current_state(std::string aggregate_id, version_t version,
                             const aggregate_type& type, any_state state)
  : aggregate_id_(std::move(aggregate_id)), version_(version),
    type_(type.name()), erased_(&type), state_(std::move(state)) {
  // nop
}

current_state::current_state(std::string aggregate_id, version_t version,
                             std::string aggregate_type, std::string json)
  : aggregate_id_(std::move(aggregate_id)), version_(version),
    type_(std::move(aggregate_type)), json_(std::move(json)) {
  // nop
}

result<std::string> current_state::json() const {
  if (erased_)
    return erased_->encode_state(state_);
  return json_;
}

result<any_state> current_state::of(const aggregate_type& wanted) const {
  if (type_ != wanted.name())
    return fail(errc::invalid, "the state of " + aggregate_id_ + " is of type "
                                 + type_ + ", not " + wanted.name());
  // Two models of one name would be two programs' types: compare identity.
  if (erased_ == &wanted)
    return state_;
  auto text = json();
  if (!text)
    return tl::unexpected(text.error());
  return wanted.decode_state(*text);
}

// -- JSON forms ---------------------------------------------------------------

void to_json(nlohmann::json& json, const submit_command& x) {
  json = {{"aggregate_id", x.aggregate_id},
          {"type", x.command.type()},
          {"command", x.command.to_json()},
          {"options", x.options}};
}

void from_json(const nlohmann::json& json, submit_command& x) {
  json.at("aggregate_id").get_to(x.aggregate_id);
  x.command = any_command::from_json(json.at("type").get<std::string>(),
                                     json.at("command"));
  json.at("options").get_to(x.options);
}

void to_json(nlohmann::json& json, const current_state& x) {
  auto text = x.json();
  json = {{"aggregate_id", x.aggregate_id()},
          {"version", x.version()},
          {"type", x.type()},
          {"state", text ? *text : std::string{"null"}}};
}

void from_json(const nlohmann::json& json, current_state& x) {
  x = current_state{json.at("aggregate_id").get<std::string>(),
                    whole_number(json.at("version")),
                    json.at("type").get<std::string>(),
                    json.at("state").get<std::string>()};
}

// -- errors -------------------------------------------------------------------

caf::error to_caf(const es::error& e) {
  return caf::make_error(e.code, e.message, e.reason);
}

std::optional<errc> code_of(const caf::error& e) {
  if (!compat::has_category_of(e, errc::internal))
    return std::nullopt;
  return static_cast<errc>(e.code());
}

es::error from_caf(const caf::actor_system& system, const caf::error& e) {
  if (auto code = code_of(e)) {
    es::error answer{*code, {}, {}};
    const auto& context = e.context();
    if (context.match_elements<std::string, std::string>()) {
      answer.message = context.get_as<std::string>(0);
      answer.reason = context.get_as<std::string>(1);
    }
    return answer;
  }
  auto text = compat::render(system, e);
  if (e == caf::sec::request_timeout)
    return {errc::timeout, "no answer within the request's timeout: " + text};
  if (e == caf::sec::request_receiver_down)
    return {errc::unavailable, "the receiving actor is gone: " + text};
  return {errc::internal, text};
}

} // namespace es::actors
