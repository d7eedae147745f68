#include "eventsource/domain/cloud_event.hpp"

#include "eventsource/domain/ascii.hpp"
#include "eventsource/domain/json_text.hpp"
#include "eventsource/domain/metadata.hpp"

#include <algorithm>
#include <cstdio>
#include <string_view>

namespace es {

namespace {

bool is_hex(char c) {
  return ascii::is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/// What stands for itself anywhere in a URI (RFC 3986, 2.3).
bool is_unreserved(char c) {
  return ascii::is_letter(c) || ascii::is_digit(c) || c == '-' || c == '.'
         || c == '_' || c == '~';
}

void percent_encode(std::string& to, std::string_view value) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  for (char c : value) {
    if (is_unreserved(c)) {
      to += c;
      continue;
    }
    const auto code = static_cast<unsigned char>(c);
    to += '%';
    to += digits[code >> 4];
    to += digits[code & 15];
  }
}

void copy(std::string& to, std::string_view value) {
  to += value;
}

/// Whether a text between placeholders may stand in a URI.
bool fits_uri(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      if (i + 2 >= text.size() || !is_hex(text[i + 1]) || !is_hex(text[i + 2]))
        return false;
      i += 2;
    } else if (!is_unreserved(text[i])
               && std::string_view(":/?#[]@!$&'()*+,;=").find(text[i])
                    == std::string_view::npos) {
      return false;
    }
  }
  return true;
}

/// Whether a text begins with the scheme of a URI (RFC 3986, 3.1).
bool has_scheme(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0
      || !ascii::is_letter(text[0]))
    return false;
  return std::all_of(text.begin() + 1,
                     text.begin() + static_cast<std::ptrdiff_t>(colon),
                     [](char c) {
                       return ascii::is_letter(c) || ascii::is_digit(c)
                              || c == '+' || c == '-' || c == '.';
                     });
}

/// Whether well-formed UTF-8 has none of the characters that no attribute may
/// have: control characters and those that are none (spec.md, "Type System").
bool is_attribute_text(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto first = static_cast<unsigned char>(text[i]);
    const std::size_t length = first < 0x80   ? 1
                               : first < 0xe0 ? 2
                               : first < 0xf0 ? 3
                                              : 4;
    if (i + length > text.size())
      return false;
    char32_t code = length == 1 ? first : first & (0x7fu >> length);
    for (std::size_t j = 1; j < length; ++j)
      code = (code << 6) | (static_cast<unsigned char>(text[i + j]) & 0x3f);
    if (code < 0x20 || (code >= 0x7f && code <= 0x9f)
        || (code >= 0xfdd0 && code <= 0xfdef) || (code & 0xfffe) == 0xfffe)
      return false;
    i += length;
  }
  return true;
}

bool stands_for_itself(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
  });
}

/// Appends `,"name":"value"`; false if the value can be no attribute.
bool add(std::string& to, std::string_view name, std::string_view value) {
  const bool plain = stands_for_itself(value);
  if (value.empty()
      || (!plain && (!check_text(value, name) || !is_attribute_text(value))))
    return false;
  to += ",\"";
  to += name;
  to += "\":\"";
  if (plain)
    to += value;
  else
    for (char c : value) {
      if (c == '"' || c == '\\')
        to += '\\';
      to += c;
    }
  to += '"';
  return true;
}

/// So that attributes sort as their versions do.
std::string padded(version_t version) {
  char text[32];
  std::snprintf(text, sizeof text, "%019lld", static_cast<long long>(version));
  return text;
}

result<event_template> uri_template(const std::string& text,
                                    std::string_view what) {
  auto parsed = event_template::parse(text, what);
  if (parsed && !fits_uri(parsed->fixed_text()))
    return fail(errc::invalid,
                std::string(what) + " \"" + text
                  + "\" has characters that no URI has; write them "
                    "percent-encoded");
  return parsed;
}

error unfit(const recorded_event& event, std::string_view attribute) {
  return {errc::invalid, "event " + event.id
                           + " can't be a CloudEvent: its attribute `"
                           + std::string(attribute)
                           + "` is empty or has characters that "
                             "the specification excludes"};
}

} // namespace

result<cloud_event_writer>
cloud_event_writer::make(const cloud_event_form& form) {
  cloud_event_writer writer;
  for (auto [text, what, part] :
       {std::tuple{&form.source, "the CloudEvents source", &writer.source_},
        std::tuple{&form.dataschema, "the CloudEvents dataschema",
                   &writer.dataschema_}}) {
    auto parsed = uri_template(*text, what);
    if (!parsed)
      return tl::unexpected(parsed.error());
    *part = std::move(*parsed);
  }
  auto type = event_template::parse(form.type, "the CloudEvents type");
  if (!type)
    return tl::unexpected(type.error());
  writer.type_ = std::move(*type);
  if (writer.source_.empty())
    return fail(errc::invalid, "the CloudEvents source is empty");
  if (writer.type_.empty()
      || (!writer.type_.fixed_text().empty()
          && (!check_text(writer.type_.fixed_text(), "type")
              || !is_attribute_text(writer.type_.fixed_text()))))
    return fail(errc::invalid, "the CloudEvents type \"" + form.type
                                 + "\" is empty or has characters that the "
                                   "specification excludes");
  if (!form.dataschema.empty() && !has_scheme(form.dataschema))
    return fail(errc::invalid, "the CloudEvents dataschema \"" + form.dataschema
                                 + "\" must begin with a scheme, such as "
                                   "https://");
  return writer;
}

result<std::string>
cloud_event_writer::write(const recorded_event& event) const {
  if (!nlohmann::json::accept(event.data))
    return fail(errc::corrupt, "the data of event " + event.id
                                 + " is not JSON; see `esctl verify`");
  const auto about = metadata::parse(event.metadata);
  if (!about)
    return fail(errc::corrupt,
                "event " + event.id + ": " + about.error().message);
  std::string out;
  out.reserve(event.data.size() + 640);
  out += R"({"specversion":"1.0")";
  std::string text;
  auto from = [&](const event_template& form, event_template::encoder encode) {
    text.clear();
    form.fill(text, event, encode);
    return std::string_view(text);
  };
  if (!add(out, "id", event.id))
    return tl::unexpected(unfit(event, "id"));
  add(out, "source", from(source_, percent_encode));
  if (!add(out, "type", from(type_, copy)))
    return tl::unexpected(unfit(event, "type"));
  if (!add(out, "subject", event.aggregate_id))
    return tl::unexpected(unfit(event, "subject"));
  const auto time = to_string(event.occurred_at);
  // RFC 3339 knows the years 0000 to 9999 only.
  if (time.size() == std::string_view("2024-05-01T12:00:00.000000Z").size())
    add(out, "time", time);
  out += R"(,"datacontenttype":"application/json")";
  if (!dataschema_.empty())
    add(out, "dataschema", from(dataschema_, percent_encode));
  add(out, "sequence", padded(event.version));
  add(out, "partitionkey", event.aggregate_id);
  if (!add(out, "aggregatetype", event.aggregate_type))
    return tl::unexpected(unfit(event, "aggregatetype"));
  out += ",\"schemaversion\":" + std::to_string(event.schema_version);
  for (const auto& [name, value] :
       {std::pair{"correlationid", about->correlation_id()},
        std::pair{"causationid", about->causation_id()},
        std::pair{"traceparent", about->traceparent()}})
    if (value)
      add(out, name, *value);
  out += ",\"data\":";
  out += event.data;
  out += '}';
  // JSON text may have line breaks between its parts; they mean nothing there.
  std::replace(out.begin(), out.end(), '\n', ' ');
  std::replace(out.begin(), out.end(), '\r', ' ');
  return out;
}

} // namespace es
