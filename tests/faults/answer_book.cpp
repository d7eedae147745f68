#include "eventsource/tests/faults/answer_book.hpp"

#include "eventsource/tests/faults/stored_accounts.hpp"

#include <sstream>
#include <unistd.h>

namespace es::testing {

namespace {

constexpr std::chrono::minutes patience{1};
constexpr std::string_view receipt_word = "receipt";
constexpr std::string_view again_word = "again";

} // namespace

void answer_book::log_to(int fd) {
  log_ = fd;
}

// -- while the load runs ------------------------------------------------------

void answer_book::sent(const std::string& command_id,
                       const std::string& aggregate_id,
                       const any_command& command) {
  std::lock_guard guard{mutex_};
  const bool is_first =
    entries_.try_emplace(command_id, entry{aggregate_id, command, {}}).second;
  // What was refused may be accepted now, and its answer never be logged.
  if (!is_first)
    log(command_id + ' ' + std::string{again_word});
  ++due_;
}

void answer_book::answered(const std::string& command_id,
                           const result<receipt>& answer,
                           std::chrono::nanoseconds late) {
  std::lock_guard guard{mutex_};
  lateness_ = std::max(lateness_, late);
  log(command_id, answer);
  ++answers_[answer ? std::string{receipt_word}
                    : std::string{to_string(answer.error().code)}];
  note(command_id, answer);
  if (!answer
      && (answer.error().code == errc::unavailable
          || answer.error().code == errc::in_doubt))
    ++outages_;
  refusing_ = !answer && is_retryable(answer.error().code);
  if (due_ == 0)
    broken_.push_back(command_id + " was answered twice");
  else
    --due_;
  // Under the lock: whoever waits may end this object's last use.
  changed_.notify_all();
}

void answer_book::settled(const std::string& command_id,
                          const result<receipt>& answer) {
  std::lock_guard guard{mutex_};
  ++answers_[answer ? "settled" : "settled as refused"];
  entries_.at(command_id).may_be_stored = false;
  note(command_id, answer);
}

void answer_book::note(const std::string& command_id,
                       const result<receipt>& answer) {
  auto& known = entries_[command_id];
  if (!answer) {
    if (answer.error().code == errc::in_doubt)
      known.may_be_stored = true;
    if (answer.error().code == errc::internal
        || answer.error().code == errc::corrupt
        || answer.error().code == errc::invalid)
      broken_.push_back(command_id + " got " + to_string(answer.error()));
    return;
  }
  if (known.first && *known.first != *answer)
    broken_.push_back(command_id + " got two receipts that differ");
  if (!known.aggregate_id.empty() && answer->aggregate_id != known.aggregate_id)
    broken_.push_back(command_id + " got the receipt of another aggregate");
  known.first = *answer;
  ++receipts_;
}

bool answer_book::await_room(std::size_t limit) {
  std::unique_lock guard{mutex_};
  // Without a database the answers come faster than anybody needs them.
  if (refusing_)
    changed_.wait_for(guard, std::chrono::milliseconds{2},
                      [this] { return !refusing_; });
  return changed_.wait_for(guard, std::chrono::milliseconds{50},
                           [&] { return due_ < limit; });
}

bool answer_book::await_receipts(std::size_t count) {
  std::unique_lock guard{mutex_};
  const auto enough = receipts_ + count;
  return changed_.wait_for(guard, patience,
                           [&] { return receipts_ >= enough; });
}

bool answer_book::await_outage() {
  std::unique_lock guard{mutex_};
  const auto before = outages_;
  return changed_.wait_for(guard, patience, [&] { return outages_ > before; });
}

findings answer_book::await_answers() {
  std::unique_lock guard{mutex_};
  if (!changed_.wait_for(guard, patience, [this] { return due_ == 0; }))
    broken_.push_back(std::to_string(due_) + " commands were never answered");
  return std::exchange(broken_, {});
}

answer_book::entry answer_book::find(const std::string& command_id) {
  std::lock_guard guard{mutex_};
  return entries_.at(command_id);
}

std::size_t answer_book::receipts() {
  std::lock_guard guard{mutex_};
  return receipts_;
}

std::chrono::milliseconds answer_book::lateness() {
  std::lock_guard guard{mutex_};
  return std::chrono::ceil<std::chrono::milliseconds>(lateness_);
}

std::vector<std::pair<std::string, answer_book::entry>>
answer_book::doubtful() {
  std::lock_guard guard{mutex_};
  std::vector<std::pair<std::string, entry>> result;
  for (const auto& each : entries_)
    if (each.second.may_be_stored && !each.second.first)
      result.push_back(each);
  return result;
}

std::string answer_book::summary() {
  std::lock_guard guard{mutex_};
  std::string result;
  for (const auto& [name, count] : answers_)
    result += (result.empty() ? "" : ", ") + std::to_string(count) + " " + name;
  return result;
}

// -- the log ------------------------------------------------------------------

void answer_book::log(const std::string& command_id,
                      const result<receipt>& answer) {
  if (log_ < 0)
    return;
  std::ostringstream line;
  line << command_id << ' ';
  if (answer) {
    line << receipt_word << ' ' << answer->aggregate_id << ' '
         << answer->version;
    for (const auto& id : answer->event_ids)
      line << ' ' << id;
  } else {
    line << to_string(answer.error().code);
  }
  log(line.str());
}

void answer_book::log(const std::string& line) {
  if (log_ < 0)
    return;
  const auto text = line + '\n';
  if (::write(log_, text.data(), text.size())
      != static_cast<ssize_t>(text.size()))
    broken_.push_back("the log can't be written");
}

void answer_book::read(const std::string& line) {
  std::lock_guard guard{mutex_};
  from_log_ = true;
  std::istringstream in{line};
  std::string command_id;
  std::string word;
  in >> command_id >> word;
  auto& known = entries_[command_id];
  if (word == again_word) {
    ++known.unlogged;
    return;
  }
  --known.unlogged;
  ++answers_[word];
  if (word != receipt_word) {
    const auto code =
      word == to_string(errc::in_doubt) ? errc::in_doubt : errc::unavailable;
    return note(command_id, fail(code, {}));
  }
  receipt read;
  in >> read.aggregate_id >> read.version;
  for (std::string id; in >> id;)
    read.event_ids.push_back(id);
  note(command_id, std::move(read));
}

// -- the comparison -----------------------------------------------------------

void answer_book::check(const stored_accounts& stored, findings& found) {
  std::lock_guard guard{mutex_};
  found.insert(found.end(), broken_.begin(), broken_.end());
  for (const auto& [command_id, known] : entries_)
    if (known.first && stored.receipt_of(command_id) != known.first)
      found.push_back("the receipt of " + command_id + " for version "
                      + std::to_string(known.first->version) + " of "
                      + known.first->aggregate_id + " is not what is stored");
  for (const auto& command_id : stored.command_ids()) {
    const auto known = entries_.find(command_id);
    if (known == entries_.end()) {
      if (!from_log_)
        found.push_back(command_id + " is stored but was never sent");
    } else if (!known->second.first && !known->second.may_be_stored
               && (!from_log_ || known->second.unlogged == 0)) {
      found.push_back(command_id + " was refused but is stored");
    }
  }
}

} // namespace es::testing
