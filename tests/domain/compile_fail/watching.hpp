#pragma once

#include "eventsource/domain/process_type.hpp"

/// A process that is correctly defined, but for the part that ES_WITHOUT_...
/// leaves out.
namespace wrong {

struct poked {
  static constexpr std::string_view event_type = "poked";
};

struct noted {
  static constexpr std::string_view event_type = "noted";
};

struct watching {
#ifndef ES_WITHOUT_TYPE
  static constexpr std::string_view process_type = "watching";
#endif
  static constexpr std::string_view id_prefix = "wat_";
#ifndef ES_WITHOUT_SOURCES
  using reacts_to = es::type_list<poked>;
#endif
#ifndef ES_WITHOUT_EVENTS
  using events = es::type_list<noted>;
#endif
#ifndef ES_WITHOUT_CORRELATE
  static es::correlation correlate(const poked&, const es::event_context&);
#endif
};

#ifndef ES_WITHOUT_REACT
es::reaction<watching> react(const watching&, const poked&);
#endif
#ifndef ES_WITHOUT_APPLY
watching apply(watching, const noted&);
#endif

} // namespace wrong
