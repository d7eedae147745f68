#pragma once

#include "eventsource/domain/organization/organization.hpp"
#include "eventsource/domain/process_type.hpp"

#include <chrono>
#include <string>

/// A process manager: whoever sets the VAT number of an organization has it
/// checked by a registry, which may answer late, twice or never. A number that
/// the registry does not know, or does not speak of in time, is taken back.
namespace vat {

using es::reference::organization;
using es::reference::set_vat;
using es::reference::vat_changed;

// -- what we ask the registry, as an aggregate --------------------------------

struct ask_registry {
  static constexpr std::string_view command_type = "ask_registry";
  std::string organization_id;
  std::string vat_number;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ask_registry, organization_id, vat_number)

struct note_answer {
  static constexpr std::string_view command_type = "note_answer";
  std::string vat_number;
  bool is_valid = false;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(note_answer, vat_number, is_valid)

struct registry_asked {
  static constexpr std::string_view event_type = "registry_asked";
  std::string organization_id;
  std::string vat_number;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(registry_asked, organization_id, vat_number)

struct registry_answered {
  static constexpr std::string_view event_type = "registry_answered";
  std::string organization_id;
  std::string vat_number;
  bool is_valid = false;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(registry_answered, organization_id,
                                   vat_number, is_valid)

/// One an organization, with the same KSUID.
struct inquiry {
  static constexpr std::string_view aggregate_type = "vat_inquiry";
  static constexpr std::string_view id_prefix = "inq_";
  using commands = es::type_list<ask_registry, note_answer>;
  using events = es::type_list<registry_asked, registry_answered>;

  std::string organization_id;
  /// What the registry was asked last, and whether it has answered.
  std::string vat_number;
  bool is_answered = false;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(inquiry, organization_id, vat_number,
                                   is_answered)

inline es::decision<inquiry> decide(const inquiry&, const ask_registry& c) {
  return registry_asked{c.organization_id, c.vat_number};
}

inline es::decision<inquiry> decide(const inquiry& state,
                                    const note_answer& c) {
  // The registry says everything twice, and at times to an old question.
  if (state.is_answered || c.vat_number != state.vat_number)
    return es::no_events;
  return registry_answered{state.organization_id, c.vat_number, c.is_valid};
}

inline inquiry apply(inquiry, const registry_asked& e) {
  return {e.organization_id, e.vat_number, false};
}

inline inquiry apply(inquiry state, const registry_answered&) {
  state.is_answered = true;
  return state;
}

// --(process-begin)--
struct validation_begun {
  static constexpr std::string_view event_type = "validation_begun";
  std::string organization_id;
  std::string vat_number;
};

struct registry_reminded {
  static constexpr std::string_view event_type = "registry_reminded";
};

struct validation_ended {
  static constexpr std::string_view event_type = "validation_ended";
  /// "valid", "invalid", "no_answer", "superseded".
  std::string outcome;
};

/// The state of one validation: the fold of its own events.
struct validation {
  static constexpr std::string_view process_type = "vat_validation";
  static constexpr std::string_view id_prefix = "val_";
  using reacts_to = es::type_list<vat_changed, registry_answered>;
  using events =
    es::type_list<validation_begun, registry_reminded, validation_ended>;

  // Which instance an event concerns: one an organization.
  static es::correlation correlate(const vat_changed& e,
                                   const es::event_context& about) {
    // A number that was removed, by us or by others, needs no validation.
    const std::string id{about.aggregate_id};
    return e.vat_number.empty() ? es::correlation::stop(id)
                                : es::correlation::start(id);
  }
  static es::correlation correlate(const registry_answered& e,
                                   const es::event_context&) {
    return es::correlation::go_on(e.organization_id);
  }

  std::string organization_id;
  std::string vat_number;
  int reminders = 0;
  std::string outcome;
};

es::reaction<validation> react(const validation&, const vat_changed&,
                               const es::process_context&);
es::reaction<validation> react(const validation&, const registry_answered&);
es::reaction<validation> react(const validation&, const es::timer_fired&);
es::reaction<validation> react(const validation&, const es::command_refused&);

validation apply(validation, const validation_begun&);
validation apply(validation, const registry_reminded&);
validation apply(validation, const validation_ended&);
// --(process-end)--

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(validation_begun, organization_id,
                                   vat_number)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(validation_ended, outcome)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(validation, organization_id, vat_number,
                                   reminders, outcome)

inline constexpr std::chrono::seconds answer_time{30};
inline constexpr int reminders_max = 2;

/// The inquiry of an organization.
inline std::string inquiry_of(const std::string& organization_id) {
  return std::string(inquiry::id_prefix)
         + organization_id.substr(organization::id_prefix.size());
}

// --(react-begin)--
inline es::reaction<validation> react(const validation&, const vat_changed& e,
                                      const es::process_context& context) {
  const std::string id{context.source.aggregate_id};
  return es::reaction<validation>{}
    .record(validation_begun{id, e.vat_number})
    .send<inquiry>(inquiry_of(id), ask_registry{id, e.vat_number})
    .after("answer", answer_time);
}

inline es::reaction<validation> react(const validation& state,
                                      const registry_answered& e) {
  es::reaction<validation> then;
  if (e.vat_number != state.vat_number)
    return then; // of a number from before
  if (e.is_valid)
    return then.record(validation_ended{"valid"}).end();
  // Compensation: the organization has no such number.
  return then.record(validation_ended{"invalid"})
    .send<organization>(state.organization_id, set_vat{})
    .end();
}

inline es::reaction<validation> react(const validation& state,
                                      const es::timer_fired&) {
  es::reaction<validation> then;
  if (state.reminders >= reminders_max)
    return then.record(validation_ended{"no_answer"})
      .send<organization>(state.organization_id, set_vat{})
      .end();
  return then.record(registry_reminded{})
    .send<inquiry>(inquiry_of(state.organization_id),
                   ask_registry{state.organization_id, state.vat_number})
    .after("answer", answer_time);
}

inline es::reaction<validation> react(const validation&,
                                      const es::command_refused&) {
  // The organization is dissolved: there is nothing left to validate.
  return es::reaction<validation>{}
    .record(validation_ended{"superseded"})
    .end();
}
// --(react-end)--

inline validation apply(validation, const validation_begun& e) {
  return {e.organization_id, e.vat_number, 0, ""};
}

inline validation apply(validation state, const registry_reminded&) {
  ++state.reminders;
  return state;
}

inline validation apply(validation state, const validation_ended& e) {
  state.outcome = e.outcome;
  return state;
}

} // namespace vat
