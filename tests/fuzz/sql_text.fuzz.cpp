// A statement of a user's own, and templates of event attributes.

#include "eventsource/domain/event_template.hpp"
#include "eventsource/store/own_statement.hpp"
#include "eventsource/store/postgres/sqlstate.hpp"
#include "eventsource/tests/fuzz/fuzz_target.hpp"

using namespace es;

namespace {

bool allowed(std::string sql) {
  return store::check_statement({std::move(sql), {}}).has_value();
}

/// What the server skips changes nothing.
void check_statement(const std::string& sql) {
  const auto answer = allowed(sql);
  for (const char* skipped :
       {" ", ";", "\n;\t", "-- COMMIT\n", "/* /* COMMIT */ */"})
    ES_LAW(allowed(skipped + sql) == answer);
}

void check_template(std::string_view text) {
  auto form = event_template::parse(text, "the template");
  if (!form) {
    ES_LAW(form.error().code == errc::invalid);
    return;
  }
  ES_LAW(form->fixed_text().find_first_of("{}") == std::string::npos);
  ES_LAW(form->empty() == text.empty());
  recorded_event event;
  std::string filled;
  form->fill(filled, event,
             [](std::string& to, std::string_view value) { to += value; });
  ES_LAW(filled.size() >= form->fixed_text().size());
}

} // namespace

ES_FUZZ_TARGET(text) {
  check_statement(std::string(text));
  check_template(text);
  ES_LAW(!store::postgres::lookup_sqlstate(text).name.empty());
}
