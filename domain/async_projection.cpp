#include "eventsource/domain/async_projection.hpp"

#include "eventsource/domain/exception_text.hpp"
#include "eventsource/domain/json_text.hpp"

#include <algorithm>

namespace es {

void projection_writer::add(std::string_view table, table_change::kind what,
                            row cells) {
  auto i = std::find_if(tables_.begin(), tables_.end(),
                        [&](const auto& each) { return each.name == table; });
  if (i == tables_.end())
    unknown_table_ = table;
  else
    changes_.push_back({&*i, what, std::move(cells)});
}

async_projection::async_projection(std::string name,
                                   std::vector<projection_table> tables)
  : name_(std::move(name)), tables_(std::make_move_iterator(tables.begin()),
                                    std::make_move_iterator(tables.end())) {
  // nop
}

async_projection& async_projection::on(std::string event_type, handler handle) {
  handlers_.insert_or_assign(std::move(event_type), std::move(handle));
  return *this;
}

async_projection& async_projection::read_with(upcasters steps) {
  upcasters_ = std::move(steps);
  reads_old_names_ = true;
  return *this;
}

async_projection&
async_projection::of_aggregates(std::vector<std::string> types) {
  aggregate_types_ = std::move(types);
  return *this;
}

std::vector<std::string> async_projection::event_types() const {
  std::vector<std::string> types;
  if (!reads_old_names_)
    for (const auto& [type, handle] : handlers_)
      types.push_back(type);
  return types;
}

result<void> async_projection::handle(const recorded_event& event,
                                      projection_writer& to) const {
  auto i = handlers_.find(upcasters_.present_name(event.type));
  if (i == handlers_.end())
    return {};
  const auto fail_here = [&](errc code, const std::string& what) {
    return fail(code, "projection " + name_ + ", event " + event.id + " (\""
                        + event.type + "\" of " + event.aggregate_id
                        + "): " + what);
  };
  try {
    if (auto fine = i->second(event, to); !fine)
      return fail_here(fine.error().code, fine.error().message);
  } catch (...) {
    return fail_here(errc::internal, "the handler threw: " + exception_text());
  }
  if (!to.unknown_table().empty())
    return fail_here(errc::invalid, "the handler wrote to \""
                                      + to.unknown_table()
                                      + "\", which is no table of this "
                                        "projection");
  return {};
}

result<nlohmann::json> async_projection::decode(const recorded_event& event,
                                                int schema_version) const {
  auto json = decode_json(event.data, "data");
  if (!json || event.schema_version == schema_version)
    return json;
  return upcasters_.upcast(upcasters_.present_name(event.type),
                           event.schema_version, schema_version,
                           std::move(*json));
}

} // namespace es
