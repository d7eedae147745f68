#include "eventsource/store/postgres/postgres_log.hpp"

#include "eventsource/store/postgres/log_reader.hpp"
#include "eventsource/store/postgres/pool_call.hpp"

namespace es::store::postgres {

namespace {

constexpr std::string_view reading = "reading the log of events";

class postgres_listener : public hint_listener {
public:
  explicit postgres_listener(std::unique_ptr<connection> link)
    : link_(std::move(link)) {
    link_->listen(hint_channel(link_->texts().names()));
  }

  result<bool> wait(std::chrono::milliseconds at_most) override {
    return contain("waiting for events", [&]() -> result<bool> {
      return link_->wait_notification(at_most);
    });
  }

private:
  std::unique_ptr<connection> link_;
};

} // namespace

result<log_page> postgres_log::read(const log_request& request) {
  if (auto fine = check_request(request); !fine)
    return tl::unexpected<error>(std::move(fine.error()));
  return call<log_page>(
    pool_, reading, [&](connection& link) { return read_log(link, request); });
}

result<position> postgres_log::end() {
  return call<position>(pool_, reading,
                        [](connection& link) { return log_end(link); });
}

result<std::int64_t> postgres_log::count(const event_filter& filter) {
  if (auto fine = check_request({.filter = filter}); !fine)
    return tl::unexpected<error>(std::move(fine.error()));
  return call<std::int64_t>(
    pool_, reading, [&](connection& link) { return count_log(link, filter); });
}

result<std::optional<position>>
postgres_log::find_position(std::string_view aggregate_id, version_t version) {
  if (auto fine = refuse_nul({aggregate_id}); !fine)
    return tl::unexpected<error>(std::move(fine.error()));
  return call<std::optional<position>>(pool_, reading, [&](connection& link) {
    return postgres::find_position(link, aggregate_id, version);
  });
}

result<log_status> postgres_log::status() {
  return call<log_status>(
    pool_, reading, [](connection& link) { return read_log_status(link); });
}

result<void> postgres_log::send_hint() {
  return call<void>(pool_, "sending a hint",
                    [](connection& link) -> result<void> {
                      postgres::send_hint(link);
                      return {};
                    });
}

result<std::unique_ptr<hint_listener>> postgres_log::listen() {
  using listener = std::unique_ptr<hint_listener>;
  return contain("listening for events", [&]() -> result<listener> {
    auto link = pool_.connect_apart();
    if (!link)
      return tl::unexpected<error>(std::move(link.error()));
    if ((*link)->texts().server().send_hint.empty())
      return listener{};
    return listener{std::make_unique<postgres_listener>(std::move(*link))};
  });
}

} // namespace es::store::postgres
