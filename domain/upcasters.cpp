#include "eventsource/domain/upcasters.hpp"

#include "eventsource/domain/exception_text.hpp"

#include <algorithm>

namespace es {

void upcasters::add(std::string event_type, int from_version, function step) {
  steps_.insert_or_assign({std::move(event_type), from_version},
                          std::move(step));
}

void upcasters::rename(std::string old_name, std::string event_type) {
  names_.insert_or_assign(std::move(old_name), std::move(event_type));
}

const std::string&
upcasters::present_name(const std::string& stored_name) const {
  auto i = names_.find(stored_name);
  return i == names_.end() ? stored_name : i->second;
}

result<nlohmann::json> upcasters::upcast(const std::string& event_type,
                                         int stored_version, int wanted_version,
                                         nlohmann::json data) const {
  if (stored_version > wanted_version)
    return fail(errc::corrupt, "it was stored with schema version "
                                 + std::to_string(stored_version)
                                 + ", this program knows "
                                 + std::to_string(wanted_version)
                                 + "; it was written by a newer program");
  for (auto version = stored_version; version < wanted_version; ++version) {
    auto i = steps_.find({event_type, version});
    if (i == steps_.end())
      return fail(errc::corrupt, "there is no upcaster for " + event_type
                                   + " from schema version "
                                   + std::to_string(version)
                                   + "; register it in `upcasters`");
    try {
      data = i->second(std::move(data));
    } catch (...) {
      return fail(errc::corrupt,
                  "the upcaster for " + event_type + " from schema version "
                    + std::to_string(version)
                    + " threw an exception: " + exception_text());
    }
  }
  return data;
}

result<void> upcasters::check_complete(const std::string& event_type,
                                       int wanted_version) const {
  for (int version = 1; version < wanted_version; ++version)
    if (steps_.count({event_type, version}) == 0)
      return fail(errc::invalid, "event type " + event_type
                                   + " has schema version "
                                   + std::to_string(wanted_version)
                                   + " but no upcaster from version "
                                   + std::to_string(version));
  auto beyond = steps_.lower_bound({event_type, wanted_version});
  if (beyond != steps_.end() && beyond->first.first == event_type)
    return fail(errc::invalid,
                "event type " + event_type + " has an upcaster from version "
                  + std::to_string(beyond->first.second)
                  + " but schema version " + std::to_string(wanted_version)
                  + "; raise its `schema_version`");
  return {};
}

result<void>
upcasters::check_names(const std::vector<std::string>& event_types) const {
  auto is_known = [&](const std::string& name) {
    return std::find(event_types.begin(), event_types.end(), name)
           != event_types.end();
  };
  for (const auto& step : steps_)
    if (!is_known(step.first.first))
      return fail(errc::invalid, "there is an upcaster for \""
                                   + step.first.first
                                   + "\", which is none of the event types");
  for (const auto& [old_name, present] : names_) {
    if (!is_known(present))
      return fail(errc::invalid, "\"" + old_name + "\" is renamed to \""
                                   + present
                                   + "\", which is none of the event types");
    if (is_known(old_name))
      return fail(errc::invalid, "\"" + old_name + "\" is renamed to \""
                                   + present
                                   + "\" but still the name of an event type");
  }
  return {};
}

} // namespace es
