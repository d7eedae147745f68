#pragma once

#include "eventsource/domain/error.hpp"
#include "eventsource/store/settings.hpp"

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace es::actors {

/// Everything that can be set, with its default. A program fills it by hand or
/// reads it from a TOML file; `config/default.toml` says what each key means.
/// The keys of the file are the names of the members: `persistence.writers`.
struct settings {
  /// [store]: the connection string and the table names live in `store`.
  es::store::postgres_settings store{};

  /// [embedded]: the private PostgreSQL server that is started when `store.dsn`
  /// is empty and EVENTSOURCE_DSN is not set.
  struct embedded_settings {
    /// Where its data live; empty: $XDG_STATE_HOME/eventsource/postgres.
    std::string data_dir;
    /// The folder of initdb and pg_ctl; empty: found.
    std::string bin_dir;
    std::chrono::milliseconds start_timeout{60'000};
    std::chrono::milliseconds stop_timeout{30'000};
  } embedded;

  /// [persistence]
  struct persistence_settings {
    /// Persistence actors, each with its own store worker and connection. An
    /// aggregate always has the same one.
    std::size_t writers = 2;
    /// A batch is closed when it has so many appends or bytes.
    std::size_t batch_appends_max = 2000;
    std::size_t batch_bytes_max = 4 * 1024 * 1024;
    /// A batch of at least so many appends is closed, and its rows are made,
    /// while the one before it commits; 0 = never.
    std::size_t prepare_appends_min = 256;
    /// How long an open batch waits for company while the worker is idle.
    std::chrono::microseconds linger{0};
    /// Appends and bytes that wait or are in flight, per writer; beyond them
    /// commands are refused as `overloaded`.
    std::size_t queue_appends_max = 20'000;
    std::size_t queue_bytes_max = 64 * 1024 * 1024;
  } persistence;

  /// [aggregates]
  struct aggregate_settings {
    /// Live actors per aggregate type; above it the least recently used are
    /// passivated.
    std::size_t live_max = 100'000;
    /// An aggregate that had no command for so long is passivated; 0 = never.
    std::chrono::milliseconds passivate_after{120'000};
    /// How often the router looks for idle aggregates.
    std::chrono::milliseconds sweep_interval{1'000};
    /// Commands that wait at one aggregate.
    std::size_t queue_commands_max = 4'096;
    /// Commands of one aggregate that may be decided before the first of them
    /// has committed; 1 switches speculation off.
    std::size_t in_flight_max = 1'000;
    /// A snapshot is written with the events that reach a multiple of so many
    /// versions; 0 = never.
    int snapshot_every = 100;
    /// How many snapshots of an aggregate stay.
    int snapshots_kept = 2;
  } aggregates;

  /// [recovery]
  struct recovery_settings {
    /// Store workers that read.
    std::size_t readers = 2;
    /// Aggregates that are loaded with one query.
    std::size_t batch_aggregates_max = 200;
    /// Aggregates that are being recovered at the same time, per runtime.
    std::size_t concurrent_max = 1'000;
    /// Aggregates that may wait for their recovery.
    std::size_t queue_aggregates_max = 100'000;
    /// Events of one aggregate that are loaded at once.
    std::size_t page_events_max = 1'000;
  } recovery;

  /// [commands]
  struct command_settings {
    /// How long a command may wait for its turn unless it says otherwise.
    std::chrono::milliseconds timeout{30'000};
    /// Largest JSON of one event, of metadata and of a command that comes as
    /// JSON; a larger snapshot is left out.
    std::size_t payload_bytes_max = 1024 * 1024;
    /// How often a command without expected version is decided again after
    /// another writer took its version.
    int conflict_retries_max = 3;
    /// How long the ids of executed commands are remembered; 0 = for ever.
    std::chrono::milliseconds ids_kept_for{std::chrono::hours{720}};
    /// Commands and queries that were taken and not answered, over all
    /// aggregates; beyond them `overloaded` at once.
    std::size_t unanswered_max = 100'000;
  } commands;

  /// [subscriptions]: subscriptions and async projections.
  struct subscription_settings {
    /// Store workers that read for them and write their rows.
    std::size_t workers = 1;
    /// How often they look for events of which nobody told them.
    std::chrono::milliseconds poll_interval{200};
    /// Whether other processes are told of new events.
    bool notify = true;
    /// The least time between two such hints.
    std::chrono::milliseconds hint_interval{10};
    /// Events that are read, or projected in one transaction, at once.
    std::size_t page_events_max = 500;
    /// Events that a subscriber has not answered; it gets no more beyond them.
    std::size_t in_flight_events_max = 2'000;
    /// A named subscription that was not renewed for so long may be taken over
    /// by another process.
    std::chrono::milliseconds lease_duration{15'000};
    /// The pause before a first retry; it doubles with each.
    std::chrono::milliseconds retry_delay{100};
    std::chrono::milliseconds retry_delay_max{30'000};
    /// How often an event is tried again before it stops its subscription.
    int retries_max = 5;
    /// Callers that wait until a subscription has got to their event.
    std::size_t waits_max = 10'000;
  } subscriptions;

  /// [outbox]
  struct outbox_settings {
    /// Whether an aggregate's events go out in order, by one process at a time
    /// for each partition; otherwise all processes take any events.
    bool ordered = true;
    /// Parts of all aggregates that are relayed beside each other.
    std::size_t partitions = 1;
    /// Events that are loaded, published and noted together.
    std::size_t batch_events_max = 500;
    /// How often a relay looks for events that nobody told it of.
    std::chrono::milliseconds poll_interval{1'000};
    /// How long a relay that fell silent keeps its partition or its claims.
    std::chrono::milliseconds lease_duration{10'000};
    /// How long a publisher may wait for one event's acknowledgement.
    std::chrono::milliseconds publish_timeout{5'000};
    /// Events that wait for their acknowledgement at the same time.
    std::size_t in_flight_max = 256;
    /// An event that failed so often is a dead letter.
    int attempts_max = 10;
    /// The pause after a failure, which doubles with each one up to the bound.
    std::chrono::milliseconds retry_delay_min{200};
    std::chrono::milliseconds retry_delay_max{60'000};
    /// How long published rows stay; 0 = for ever.
    std::chrono::milliseconds keep_published{24 * 3'600'000};
    /// Templates of CloudEvents' attributes, see domain/cloud_event.hpp.
    std::string source = "/{aggregate_type}/{aggregate_id}";
    std::string type = "{event_type}";
    std::string dataschema;
  } outbox;

  /// [runtime]
  struct runtime_settings {
    /// Applies missing migrations at the start instead of refusing to start.
    bool migrate = false;
    /// How long `stop` waits for accepted commands.
    std::chrono::milliseconds stop_timeout{30'000};
    /// Threads that run actors; 0: one per core, at least 2.
    std::size_t threads = 0;
  } runtime;

  /// [log]
  struct log_settings {
    /// trace, debug, info, warn, error or off.
    std::string level = "warn";
  } log;

  /// Where values other than plain texts were read, by key: filled by
  /// `load_settings` and `override_setting`, so that `check` can name file and
  /// line. No key itself.
  struct origin {
    /// "shop.toml:7" or "the command line".
    std::string place;
    /// As TOML writes it: a value that was changed since came from elsewhere.
    std::string value;
  };
  std::map<std::string, origin, std::less<>> origins;

  /// What is wrong with these values, naming key and limit, and, of those that
  /// were read, file and line.
  [[nodiscard]] result<void> check() const;
};

/// Reads a TOML file over the defaults. An unknown key, a wrong type or a value
/// out of range fails with `errc::invalid` and names file, line and key, of all
/// that are wrong. What keys must be to each other is left to `check`, since an
/// override may still mend it.
[[nodiscard]] result<settings> load_settings(const std::filesystem::path& file);

/// Like `load_settings`, on text. `name` stands for the file in errors.
[[nodiscard]] result<settings> parse_settings(std::string_view toml,
                                              std::string_view name);

/// Sets one key from text as a command line has it: `persistence.writers`, "4".
/// Durations and sizes as in the file: "250ms", "4MiB".
[[nodiscard]] result<void> override_setting(settings& target,
                                            std::string_view key,
                                            std::string_view value);

/// Puts EVENTSOURCE_DSN, if it is set, in the place of `store.dsn`.
void apply_environment(settings& target);

/// All keys with their present values as TOML writes them, in file order. A
/// password in `store.dsn` is shown as `***`.
[[nodiscard]] std::vector<std::pair<std::string, std::string>>
list_settings(const settings& from);

/// The text of `config/default.toml`: every key with its default and meaning.
[[nodiscard]] std::string_view default_config();

} // namespace es::actors
