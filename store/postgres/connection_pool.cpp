#include "eventsource/store/postgres/connection_pool.hpp"

#include "eventsource/store/postgres/failures.hpp"

#include <algorithm>

namespace es::store::postgres {

namespace {

session_options session_of(const postgres_settings& settings,
                           silence_guard& guard, pool_view view) {
  session_options result;
  result.statement_timeout = settings.statement_timeout;
  // On the only core this would keep it from whom it waits for.
  if (std::thread::hardware_concurrency() > 1)
    result.busy_poll_max = settings.busy_poll_max;
  // The server takes this program for gone as soon as this one the server.
  if (settings.answer_timeout.count() > 0)
    result.idle_in_transaction_timeout = settings.answer_timeout;
  if (view == pool_view::one_moment) {
    // The caller may do other things between two reads, and holds no locks.
    result.idle_in_transaction_timeout = std::chrono::milliseconds{0};
    result.one_moment = true;
  }
  result.guard = &guard;
  return result;
}

} // namespace

lease::lease(connection_pool& home, std::unique_ptr<connection> taken)
  : home_(&home), taken_(std::move(taken)) {
  // nop
}

lease::~lease() {
  if (taken_)
    home_->give_back(std::move(taken_));
}

connection_pool::connection_pool(std::string dsn, std::string place,
                                 const postgres_settings& settings,
                                 retry_pause pause, pool_view view)
  : dsn_(std::move(dsn)), place_(std::move(place)),
    guard_(settings.answer_timeout),
    options_(session_of(settings, guard_, view)),
    connections_max_(view == pool_view::one_moment ? 1
                                                   : settings.connections_max),
    wait_max_(settings.connection_wait_max),
    check_after_idle_(settings.check_after_idle),
    texts_{sql_text{settings.tables, dialect_of(server_kind::postgresql)},
           sql_text{settings.tables, dialect_of(server_kind::cockroachdb)}},
    copy_wait_max_(settings.statement_timeout.count() > 0
                     ? settings.statement_timeout
                     : settings.answer_timeout),
    retries_max_(settings.retries_max), pause_(std::move(pause)) {
  resting_.reserve(connections_max_);
}

result<lease> connection_pool::acquire() {
  {
    std::unique_lock guard{mutex_};
    const bool got_one = returned_.wait_for(
      guard, wait_max_, [this] { return busy_ < connections_max_; });
    if (!got_one)
      return fail(errc::overloaded,
                  "no connection to " + place_ + " became free within "
                    + std::to_string(wait_max_.count())
                    + " ms; raise store.connections_max, or send less at once");
    ++busy_;
  }
  auto taken = take();
  if (!taken) {
    free_slot();
    return tl::unexpected<error>(std::move(taken.error()));
  }
  return lease{*this, std::move(*taken)};
}

result<std::unique_ptr<connection>> connection_pool::take() {
  for (;;) {
    resting candidate;
    {
      std::lock_guard guard{mutex_};
      if (resting_.empty())
        break;
      auto chosen =
        std::find_if(resting_.begin(), resting_.end(), [](const resting& each) {
          return each.last_user == std::this_thread::get_id();
        });
      if (chosen == resting_.end())
        --chosen;
      candidate = std::move(*chosen);
      resting_.erase(chosen);
    }
    if (still_good(candidate))
      return std::move(candidate.link);
  }
  if (!options_.one_moment)
    return connect_apart();
  // Nobody else is here: there is one slot.
  if (has_seen_)
    return fail(errc::unavailable,
                "the connection to " + place_
                  + " was lost, and with it the moment as of which everything "
                    "was read; begin again");
  auto link = connect_apart();
  has_seen_ = link.has_value();
  return link;
}

result<std::unique_ptr<connection>> connection_pool::connect_apart() {
  try {
    auto link = std::make_unique<connection>(dsn_, options_, texts_);
    last_server_ = &link->texts().server();
    return link;
  } catch (const database_error& e) {
    return tl::unexpected<error>(to_connect_error(e, place_));
  } catch (const std::exception& e) {
    return fail(errc::internal, "can't connect to " + place_ + ": " + e.what());
  }
}

bool connection_pool::still_good(resting& candidate) {
  clock::time_point broken_at;
  {
    std::lock_guard guard{mutex_};
    broken_at = broken_at_;
  }
  if (candidate.since > broken_at
      && clock::now() - candidate.since < check_after_idle_
      && candidate.link->is_quiet())
    return true;
  try {
    candidate.link->run_script({"check_connection", "SELECT 1"});
    return true;
  } catch (const std::exception&) {
    std::lock_guard guard{mutex_};
    broken_at_ = clock::now();
    return false;
  }
}

void connection_pool::give_back(std::unique_ptr<connection> link) noexcept {
  {
    std::lock_guard guard{mutex_};
    --busy_;
    if (link->is_open())
      resting_.push_back(
        {std::move(link), clock::now(), std::this_thread::get_id()});
    else
      broken_at_ = clock::now();
  }
  returned_.notify_one();
}

void connection_pool::free_slot() noexcept {
  {
    std::lock_guard guard{mutex_};
    --busy_;
  }
  returned_.notify_one();
}

} // namespace es::store::postgres
