#pragma once

#include "eventsource/testing/golden/golden_folder.hpp"
#include "eventsource/testing/recorded_history.hpp"

#include <filesystem>
#include <string>
#include <utility>

namespace es::testing {

/// Holds the stored form of an aggregate's events against files that are kept
/// beside the tests: events that were stored once have to be read for ever.
///
///     golden_events<account>("tests/golden/account")
///       .sample(account_opened{"Ada", 100})
///       .sample(withdrawn{30})
///       .check();
///
/// A file has the JSON of one sample: `withdrawn.v1.json`, or
/// `withdrawn.v1.large.json` for the one that was named "large". The check
/// throws `specification_failed`
///
/// - if a sample is stored in another form than its file says: a changed event
///   needs a new `schema_version`, an upcaster, and a new file beside the old
///   one, which stays;
/// - if an event type has no sample, or a sample no file;
/// - if a file of an older version, or of an older name, can't be upcast and
///   read, or there is none for a version that was stored once;
/// - if a file belongs to an event type that is no longer known.
///
/// With ES_WRITE_GOLDEN=1 in the environment files that are missing are
/// written; one that is there is never changed.
template <class A>
class golden_events {
public:
  explicit golden_events(std::filesystem::path folder)
    : files_({&type_of<A>(), detail::trips_of_events(typename A::events{}),
              detail::schema_versions_of(typename A::events{}), steps(),
              applies_unknown<A>, std::move(folder)}) {
    // nop
  }

  /// An event in its present form. Several of one type need names: lower-case
  /// letters, digits and underscores.
  template <class Event>
  golden_events& sample(const Event& event, std::string name = {}) {
    files_.add(detail::form_of<A>(event), std::move(name));
    return *this;
  }

  /// An event as an older program stored it, for which the file is missing.
  golden_events& stored_sample(std::string type, int schema_version,
                               std::string json, std::string name = {}) {
    files_.add({std::move(type), schema_version, std::move(json)},
               std::move(name));
    return *this;
  }

  golden_report check(source_place where = source_place::current()) const {
    return files_.check(where);
  }

private:
  static upcasters steps() {
    upcasters all;
    if constexpr (requires { A::upcasters(all); })
      A::upcasters(all);
    return all;
  }

  detail::golden_folder files_;
};

} // namespace es::testing
