#include "eventsource/domain/aggregate_type.hpp"

#include "eventsource/domain/ascii.hpp"
#include "eventsource/domain/json_text.hpp"
#include "eventsource/domain/table_check.hpp"

#include <algorithm>
#include <set>

namespace es {

namespace {

/// Like "org_": something short and readable before the KSUID.
bool is_id_prefix(std::string_view text) {
  if (text.size() < 2 || text.size() > 32 || text.back() != '_'
      || !ascii::is_lower(text.front()))
    return false;
  text.remove_suffix(1);
  return std::all_of(text.begin(), text.end(), [](char c) {
    return ascii::is_lower(c) || ascii::is_digit(c);
  });
}

result<void> check_names(const std::vector<std::string>& names,
                         const std::string& what) {
  const auto described = what + " name";
  std::set<std::string_view> seen;
  for (const auto& name : names) {
    if (name.empty())
      return fail(errc::invalid, what + " has an empty name");
    if (auto ok = check_text(name, described); !ok)
      return ok;
    if (!seen.insert(name).second)
      return fail(
        errc::invalid,
        std::string("two ").append(what).append("s are named ").append(name));
  }
  return {};
}

} // namespace

bool aggregate_type::publishes(std::string_view event_type) const noexcept {
  return std::find(published_types_.begin(), published_types_.end(), event_type)
         != published_types_.end();
}

result<void> aggregate_type::check_numbers() const {
  for (std::size_t i = 0; i < event_types_.size(); ++i)
    if (event_schema_versions_[i] < 1)
      return fail(errc::invalid, "the schema version of event type "
                                   + event_types_[i] + " is below 1");
  if (state_version_ < 1)
    return fail(errc::invalid, "its state_version is below 1");
  if (snapshot_every_ && *snapshot_every_ < 0)
    return fail(errc::invalid,
                "its snapshot_every is negative; 0 means no snapshots");
  return {};
}

result<void> aggregate_type::check() const {
  auto in_type = [this](result<void> checked) -> result<void> {
    if (!checked)
      return fail(checked.error().code,
                  "aggregate type " + name_ + ": " + checked.error().message);
    return {};
  };
  if (auto ok = check_names({name_}, "aggregate type"); !ok)
    return ok;
  if (!is_id_prefix(id_prefix_))
    return in_type(
      fail(errc::invalid, "id prefix \"" + id_prefix_
                            + "\" must be lower-case letters and digits and "
                              "one underscore at the end, like \"org_\""));
  if (auto ok = in_type(check_names(command_types_, "command")); !ok)
    return ok;
  if (auto ok = in_type(check_names(event_types_, "event")); !ok)
    return ok;
  if (auto ok = in_type(check_numbers()); !ok)
    return ok;
  if (auto ok = in_type(upcasters_.check_names(event_types_)); !ok)
    return ok;
  for (std::size_t i = 0; i < event_types_.size(); ++i)
    if (auto ok = in_type(upcasters_.check_complete(event_types_[i],
                                                    event_schema_versions_[i]));
        !ok)
      return ok;
  return projection_ ? in_type(check_table(*projection_)) : result<void>{};
}

result<void> type_registry::add(const aggregate_type& type) {
  if (auto ok = type.check(); !ok)
    return ok;
  for (const auto* other : types_) {
    if (other->name() == type.name())
      return fail(errc::invalid,
                  "aggregate type " + type.name() + " is registered twice");
    if (other->id_prefix() == type.id_prefix())
      return fail(errc::invalid, "aggregate types " + other->name() + " and "
                                   + type.name() + " have the same id prefix "
                                   + type.id_prefix());
  }
  types_.push_back(&type);
  return {};
}

const aggregate_type* type_registry::find(std::string_view name) const {
  auto i = std::find_if(types_.begin(), types_.end(),
                        [&](const auto* type) { return type->name() == name; });
  return i == types_.end() ? nullptr : *i;
}

} // namespace es
