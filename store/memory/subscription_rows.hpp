#pragma once

#include "eventsource/store/subscription_store.hpp"

#include <map>
#include <utility>

namespace es::store::memory {

/// Checkpoints and dead letters of the memory store. Not thread-safe.
class subscription_rows {
public:
  [[nodiscard]] result<checkpoint> open(const subscription_key& key,
                                        const position& start, timestamp now);
  /// Whether the checkpoint is there and may be moved.
  [[nodiscard]] bool is_at(const subscription_key& key,
                           const position& from) const;
  void move(const subscription_key& key, const position& to,
            std::int64_t events, timestamp now);
  void add(const subscription_key& key, std::vector<dead_letter> letters);
  /// Whether there is such a subscription.
  bool set_state(std::string_view name, subscription_state state,
                 std::string_view error);
  [[nodiscard]] std::vector<subscription_status> list() const;
  [[nodiscard]] std::vector<dead_letter> dead_letters(std::string_view name,
                                                      std::size_t limit) const;
  void forget(std::string_view name);
  /// The shadow's checkpoint and dead letters become those of `live`.
  void take_place(std::string_view shadow, std::string_view live,
                  timestamp now);

private:
  using row_key = std::pair<std::string, std::uint32_t>;

  struct letter_row {
    std::uint32_t partition = 0;
    dead_letter letter;
  };

  std::map<row_key, subscription_status> rows_;
  /// By subscription and position.
  std::map<std::pair<std::string, position>, letter_row> letters_;
};

} // namespace es::store::memory
