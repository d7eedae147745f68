#include "eventsource/actors/append_queue.hpp"

#include <utility>

namespace es::actors {

bool append_queue::push(store::append_request&& request, std::size_t bytes) {
  std::lock_guard guard{mutex_};
  // One append alone may be larger than a batch.
  const bool is_first =
    entries_.empty() || entries_.back().closed
    || entries_.back().batch->bytes + bytes > how_.batch_bytes_max;
  if (is_first) {
    if (!entries_.empty())
      entries_.back().closed = true;
    entries_.push_back({std::make_shared<append_batch>()});
    entries_.back().batch->requests.reserve(usual_size_);
  }
  auto& [batch, closed] = entries_.back();
  batch->requests.push_back(std::move(request));
  batch->bytes += bytes;
  closed = is_full(*batch);
  return is_first;
}

bool append_queue::is_next_closed() const {
  std::lock_guard guard{mutex_};
  return !entries_.empty() && entries_.front().closed;
}

std::shared_ptr<append_batch> append_queue::pop() {
  std::lock_guard guard{mutex_};
  auto batch = std::move(entries_.front().batch);
  entries_.pop_front();
  usual_size_ = batch->requests.size();
  return batch;
}

void append_queue::prepare_next(store::event_store& store) noexcept {
  const auto batch = close_next();
  if (!batch)
    return;
  try {
    batch->prepared = store.prepare(batch->requests);
  } catch (...) {
    // It stays as it is.
  }
}

bool append_queue::is_full(const append_batch& batch) const noexcept {
  return batch.requests.size() >= how_.batch_appends_max
         || batch.bytes >= how_.batch_bytes_max;
}

std::shared_ptr<append_batch> append_queue::close_next() {
  std::lock_guard guard{mutex_};
  if (how_.prepare_appends_min == 0 || entries_.empty())
    return nullptr;
  auto& [batch, closed] = entries_.front();
  if (batch->prepared)
    return nullptr;
  if (batch->requests.size() < how_.prepare_appends_min && !closed)
    return nullptr;
  closed = true;
  return batch;
}

} // namespace es::actors
