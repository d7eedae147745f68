#pragma once

#include "eventsource/domain/error.hpp"
#include "eventsource/domain/event.hpp"
#include "eventsource/domain/event_template.hpp"

#include <string>

namespace es {

/// How the attributes of a CloudEvent are made whose choice is the producer's;
/// see `event_template` for the placeholders.
struct cloud_event_form {
  /// `source`: a URI reference. As long as it names the aggregate, `sequence`
  /// counts within one source, as its specification asks.
  std::string source = "/{aggregate_type}/{aggregate_id}";
  /// `type`; the specification advises a reverse DNS name in front.
  std::string type = "{event_type}";
  /// `dataschema`: a URI with a scheme. Empty: no such attribute.
  std::string dataschema{};
};

/// Writes stored events as CloudEvents 1.0 in the JSON format, structured mode.
/// Beside the attributes of the specification itself:
///
///   subject          the aggregate's id
///   time             when the event occurred
///   datacontenttype  "application/json"
///   sequence         the version, with leading zeros: it sorts as text
///   partitionkey     the aggregate's id
///   aggregatetype    the aggregate's type
///   schemaversion    the form of `data` within its type, a number
///   correlationid, causationid, traceparent
///                    of the event's metadata, if it has them
///
/// `data` is the event's data as it is stored.
class cloud_event_writer {
public:
  /// Fails with `errc::invalid`, naming the attribute that could not be a
  /// CloudEvent's.
  [[nodiscard]] static result<cloud_event_writer>
  make(const cloud_event_form& form);

  /// One line of JSON. Fails with `errc::invalid` if an attribute has
  /// characters that the specification excludes, or `errc::corrupt` if data or
  /// metadata are not JSON. Metadata that could not be attributes are left out.
  [[nodiscard]] result<std::string> write(const recorded_event& event) const;

private:
  event_template source_;
  event_template type_;
  event_template dataschema_;
};

} // namespace es
