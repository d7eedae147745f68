#include "eventsource/store/memory/log_rows.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <limits>

namespace es::store::memory {

namespace {

bool is_one_of(const std::string& name, const std::vector<std::string>& names) {
  return names.empty()
         || std::find(names.begin(), names.end(), name) != names.end();
}

bool has_metadata(const recorded_event& event, const event_filter& filter) {
  if (filter.metadata_key.empty())
    return true;
  const auto fields = nlohmann::json::parse(event.metadata, nullptr, false);
  auto i = fields.is_object() ? fields.find(filter.metadata_key) : fields.end();
  if (i == fields.end())
    return false;
  if (!filter.metadata_value)
    return true;
  // As `->>` has it: a text without its quotes, all else as JSON.
  if (i->is_null())
    return false;
  const auto text = i->is_string() ? i->get<std::string>() : i->dump();
  return text == *filter.metadata_value;
}

bool is_in(std::string_view id, const partition& part) {
  // FNV-1a. Unlike a library's hash it is the same everywhere.
  std::uint32_t hash = 2'166'136'261u;
  for (char c : id)
    hash = (hash ^ static_cast<unsigned char>(c)) * 16'777'619u;
  return hash % part.count == part.index;
}

bool is_wanted(const recorded_event& event, const log_request& request) {
  const auto& filter = request.filter;
  return is_one_of(event.aggregate_type, filter.aggregate_types)
         && is_one_of(event.type, filter.event_types)
         && (filter.aggregate_id.empty()
             || event.aggregate_id == filter.aggregate_id)
         && event.aggregate_id.starts_with(filter.id_prefix)
         && has_metadata(event, filter)
         && is_in(event.aggregate_id, request.part);
}

} // namespace

void log_rows::begin_transaction() {
  ++transactions_;
}

void log_rows::add(std::string_view aggregate_id, version_t version) {
  entries_.push_back(
    {.at = {.epoch = 1,
            .transaction = transactions_,
            .number = static_cast<std::int64_t>(entries_.size()) + 1},
     .aggregate_id = std::string(aggregate_id),
     .version = version});
}

log_page log_rows::read(const log_request& request,
                        const find_event& find) const {
  log_page page;
  page.read_to = std::max(request.after, end());
  auto i = std::upper_bound(
    entries_.begin(), entries_.end(), request.after,
    [](const position& after, const entry& x) { return after < x.at; });
  for (; i != entries_.end(); ++i) {
    page.passed_any = true;
    const auto& event = find(i->aggregate_id, i->version);
    if (!is_wanted(event, request))
      continue;
    page.events.push_back({i->at, event});
    if (page.events.size() >= std::max<std::size_t>(request.limit, 1)) {
      page.read_to = i->at;
      page.more = true;
      break;
    }
  }
  return page;
}

position log_rows::end() const {
  return {.epoch = 1,
          .transaction = transactions_,
          .number = std::numeric_limits<std::int64_t>::max()};
}

position log_rows::horizon() const {
  return {.epoch = 1, .transaction = transactions_ + 1};
}

std::optional<position> log_rows::find(std::string_view aggregate_id,
                                       version_t version) const {
  auto i = std::find_if(entries_.rbegin(), entries_.rend(), [&](const auto& x) {
    return x.version == version && x.aggregate_id == aggregate_id;
  });
  if (i == entries_.rend())
    return std::nullopt;
  return i->at;
}

} // namespace es::store::memory
