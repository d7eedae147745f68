#include "eventsource/tools/esctl/projection_check.hpp"

#include <algorithm>

namespace esctl {

namespace {

std::string shown(const es::cell& value) {
  return value.is_null() ? "NULL" : "\"" + *value.text() + "\"";
}

} // namespace

projection_check::projection_check(es::store::event_store& store,
                                   const es::projection_table& table,
                                   reporter report)
  : table_(table), report_(std::move(report)),
    rows_there_([this, &store](const es::row* after) {
      es::row key;
      if (after)
        for (auto place : key_places_)
          key.push_back((*after)[place]);
      return store.scan_projection(table_, key,
                                   store_cursor<es::row>::page_rows);
    }) {
  for (const auto& name : table.key) {
    auto i =
      std::find_if(table.columns.begin(), table.columns.end(),
                   [&](const auto& column) { return column.name == name; });
    key_places_.push_back(static_cast<std::size_t>(i - table.columns.begin()));
  }
}

std::vector<std::string> projection_check::key_of(const es::row& cells) const {
  std::vector<std::string> key;
  for (auto place : key_places_)
    key.push_back(cells[place].text().value_or(""));
  return key;
}

es::result<void> projection_check::expect(const std::string& aggregate_id,
                                          es::version_t version,
                                          const es::row_change& change) {
  if (change.what != es::row_change::kind::upsert)
    return {};
  expected_row expected{aggregate_id, version, change.cells};
  auto key = key_of(expected.cells);
  if (!keyed_by_id_)
    keyed_by_id_ = key.size() == 1 && key[0] == aggregate_id;
  if (!*keyed_by_id_) {
    collected_.insert_or_assign(std::move(key), std::move(expected));
    return {};
  }
  auto there = walk_to(key);
  if (!there)
    return tl::unexpected(there.error());
  if (!*there) {
    missing(expected);
    return {};
  }
  compare(expected, **there);
  rows_there_.advance();
  return {};
}

void projection_check::tolerate(const std::string& aggregate_id) {
  tolerated_.insert(aggregate_id);
}

es::result<const es::row*>
projection_check::walk_to(const std::vector<std::string>& key) {
  for (;;) {
    auto there = rows_there_.peek();
    if (!there || !*there)
      return there;
    auto there_key = key_of(**there);
    if (there_key == key)
      return there;
    if (there_key > key)
      return nullptr;
    surplus(**there);
    rows_there_.advance();
  }
}

es::result<void> projection_check::finish() {
  for (;;) {
    auto there = rows_there_.peek();
    if (!there)
      return tl::unexpected(there.error());
    if (!*there)
      break;
    auto expected = collected_.find(key_of(**there));
    if (expected == collected_.end()) {
      surplus(**there);
    } else {
      compare(expected->second, **there);
      collected_.erase(expected);
    }
    rows_there_.advance();
  }
  for (const auto& [key, expected] : collected_)
    missing(expected);
  return {};
}

void projection_check::compare(const expected_row& expected,
                               const es::row& there) {
  ++rows_;
  std::string wanted;
  std::string actual;
  for (std::size_t i = 0; i < table_.columns.size(); ++i) {
    if (expected.cells[i] == there[i])
      continue;
    auto column = (wanted.empty() ? "" : ", ") + table_.columns[i].name + " = ";
    wanted += column + shown(expected.cells[i]);
    actual += column + shown(there[i]);
  }
  if (!wanted.empty())
    report_({finding::kind::projection_differs, expected.aggregate_id,
             expected.version,
             "the row in " + table_.name + " is not the fold of the events",
             wanted, actual});
}

void projection_check::missing(const expected_row& expected) {
  report_({finding::kind::projection_missing, expected.aggregate_id,
           expected.version, "there is no row in " + table_.name});
}

void projection_check::surplus(const es::row& there) {
  ++rows_;
  std::string key;
  for (const auto& part : key_of(there))
    key += (key.empty() ? "" : ", ") + part;
  if (tolerated_.contains(key))
    return;
  report_({finding::kind::projection_surplus, key, 0,
           "the row in " + table_.name + " belongs to no aggregate"});
}

} // namespace esctl
