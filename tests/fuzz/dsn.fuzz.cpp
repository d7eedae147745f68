// A connection string: what is shown of it must not have its password.

#include "eventsource/store/postgres/dsn.hpp"

#include "eventsource/actors/settings.hpp"
#include "eventsource/tests/fuzz/fuzz_target.hpp"

#include <libpq-fe.h>
#include <memory>
#include <string>

using namespace es;
using namespace std::chrono_literals;

namespace {

/// What libpq takes for secret, if it could not be shown for another reason:
/// long enough, in the text once (a password "host=db" may stand beside a host
/// of that name) and not part of anything else.
std::string secret_of(const std::string& dsn) {
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> options{
    PQconninfoParse(dsn.c_str(), nullptr), &PQconninfoFree};
  std::string secret;
  std::string others;
  for (auto* x = options.get(); x && x->keyword; ++x) {
    others += x->keyword;
    others += ' ';
    if (!x->val)
      continue;
    if (std::string_view(x->keyword) == "password")
      secret = x->val;
    else
      others += std::string(x->val) + ' ';
  }
  const bool is_only_secret = dsn.find(secret) == dsn.rfind(secret)
                              && others.find(secret) == std::string::npos;
  return secret.size() >= 6 && is_only_secret ? secret : std::string{};
}

bool shows(const std::string& text, const std::string& secret) {
  return !secret.empty() && text.find(secret) != std::string::npos;
}

} // namespace

ES_FUZZ_TARGET(text) {
  const std::string dsn{text.substr(0, text.find('\0'))};
  auto checked = store::postgres::check_dsn(dsn, 1500ms);
  if (!checked) {
    ES_LAW(checked.error().code == errc::invalid);
    return;
  }
  const auto secret = secret_of(dsn);
  ES_LAW(!shows(checked->place, secret));
  actors::settings how;
  how.store.dsn = dsn;
  for (const auto& [key, value] : actors::list_settings(how))
    ES_LAW(!shows(value, secret));
  // With our additions it is still one, of the same place.
  auto again = store::postgres::check_dsn(checked->text, 1500ms);
  ES_LAW(again && again->place == checked->place);
}
