#include "eventsource/store/memory/subscription_rows.hpp"

#include <algorithm>

namespace es::store::memory {

result<checkpoint> subscription_rows::open(const subscription_key& key,
                                           const position& start,
                                           timestamp now) {
  for (const auto& [at, row] : rows_)
    if (at.first == key.name && row.key.part.count != key.part.count)
      return fail(errc::conflict, "subscription " + key.name + " was made with "
                                    + std::to_string(row.key.part.count)
                                    + " partitions; their number can't change");
  auto [i, is_new] = rows_.try_emplace({key.name, key.part.index});
  if (is_new) {
    i->second.key = key;
    i->second.progress.at = start;
    i->second.updated_at = now;
  }
  return i->second.progress;
}

bool subscription_rows::is_at(const subscription_key& key,
                              const position& from) const {
  auto i = rows_.find({key.name, key.part.index});
  return i != rows_.end() && i->second.progress.at == from
         && i->second.progress.state == subscription_state::running;
}

void subscription_rows::move(const subscription_key& key, const position& to,
                             std::int64_t events, timestamp now) {
  auto& row = rows_[{key.name, key.part.index}];
  row.progress.at = to;
  row.progress.events += events;
  row.progress.error.clear();
  row.updated_at = now;
}

void subscription_rows::add(const subscription_key& key,
                            std::vector<dead_letter> letters) {
  for (auto& letter : letters) {
    letter.subscription = key.name;
    auto& row = letters_[{key.name, letter.at}];
    row = {key.part.index, std::move(letter)};
  }
}

bool subscription_rows::set_state(std::string_view name,
                                  subscription_state state,
                                  std::string_view error) {
  bool found = false;
  for (auto& [at, row] : rows_)
    if (at.first == name) {
      found = true;
      row.progress.state = state;
      row.progress.error = error;
    }
  return found;
}

std::vector<subscription_status> subscription_rows::list() const {
  std::vector<subscription_status> result;
  for (const auto& [at, row] : rows_) {
    auto& entry = result.emplace_back(row);
    entry.dead_letters = std::count_if(
      letters_.begin(), letters_.end(), [&at = at](const auto& x) {
        return x.first.first == at.first && x.second.partition == at.second;
      });
  }
  return result;
}

std::vector<dead_letter>
subscription_rows::dead_letters(std::string_view name,
                                std::size_t limit) const {
  std::vector<dead_letter> result;
  for (const auto& [at, row] : letters_)
    if (at.first == name && result.size() < limit)
      result.push_back(row.letter);
  return result;
}

void subscription_rows::forget(std::string_view name) {
  std::erase_if(rows_, [&](const auto& x) { return x.first.first == name; });
  std::erase_if(letters_, [&](const auto& x) { return x.first.first == name; });
}

void subscription_rows::take_place(std::string_view shadow,
                                   std::string_view live, timestamp now) {
  const auto from = rows_.find({std::string(shadow), 0});
  if (from == rows_.end())
    return;
  bool is_there = false;
  for (auto& [at, row] : rows_)
    if (at.first == live) {
      is_there = true;
      row.progress.at = from->second.progress.at;
      row.progress.error.clear();
      if (row.progress.state == subscription_state::stopped)
        row.progress.state = subscription_state::running;
      row.updated_at = now;
    }
  if (!is_there) {
    auto row = from->second;
    row.key.name = live;
    rows_.emplace(row_key{live, 0}, std::move(row));
  }
  auto letters = dead_letters(shadow, letters_.size());
  std::erase_if(letters_, [&](const auto& x) { return x.first.first == live; });
  add({.name = std::string(live)}, std::move(letters));
  forget(shadow);
}

} // namespace es::store::memory
