#pragma once

#include "eventsource/store/append.hpp"

#include <span>

namespace es::store {

/// Appends that will be stored together, and what their store made ready for
/// that (`event_store::prepare`). Refers to them: they outlive this where they
/// are, unchanged.
class prepared_batch {
public:
  explicit prepared_batch(std::span<const append_request> appends) noexcept
    : appends_(appends) {
    // nop
  }

  prepared_batch(const prepared_batch&) = delete;
  prepared_batch& operator=(const prepared_batch&) = delete;

  virtual ~prepared_batch() = default;

  [[nodiscard]] std::span<const append_request> appends() const noexcept {
    return appends_;
  }

private:
  const std::span<const append_request> appends_;
};

} // namespace es::store
