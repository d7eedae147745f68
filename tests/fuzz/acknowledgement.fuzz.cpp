#include "eventsource/actors/nats/acknowledgement.hpp"

#include "eventsource/tests/fuzz/fuzz_target.hpp"

using namespace es;
using namespace es::actors::nats;

ES_FUZZ_TARGET(text) {
  if (auto outcome = read_acknowledgement(text); !outcome)
    ES_LAW(outcome.error().code == errc::invalid
           || outcome.error().code == errc::unavailable);
  std::string token;
  append_token(token, text);
  ES_LAW(!token.empty()
         && token.find_first_of(" .*>\r\n\t") == std::string::npos);
}
