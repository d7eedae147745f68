#pragma once

#include "eventsource/store/projection_rebuild.hpp"
#include "eventsource/tools/esctl/session.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

/// The subcommands, one file each. All print what they find and give the exit
/// code; none throws.
namespace esctl {

struct migrate_options {
  bool status = false;
};
int migrate(const global_options& global, const migrate_options& options);

struct import_options {
  std::vector<std::string> files;
  std::size_t in_flight_max = 1000;
};
int import_files(const global_options& global, const import_options& options);

struct history_options {
  std::string id;
  es::version_t from = 1;
  /// All of them if absent.
  std::optional<std::size_t> limit;
};
int history(const global_options& global, const history_options& options);

struct state_options {
  std::string id;
  std::optional<es::version_t> at_version;
  std::optional<std::string> at;
};
int state(const global_options& global, const state_options& options);

struct send_options {
  std::string type;
  /// "new" for a new one.
  std::string id;
  std::string command;
  /// "-" for standard input.
  std::string json;
  std::optional<es::version_t> expected_version;
  std::optional<std::string> metadata;
  std::optional<std::string> command_id;
};
int send(const global_options& global, const send_options& options);

struct outbox_list_options {
  bool dead_only = false;
  std::size_t limit = 1'000;
};
int outbox_list(const global_options& global,
                const outbox_list_options& options);

/// What is retried or dropped: these events, or all dead letters.
struct outbox_change_options {
  std::vector<std::string> event_ids;
  bool all = false;
};
int outbox_retry(const global_options& global,
                 const outbox_change_options& options);
int outbox_drop(const global_options& global,
                const outbox_change_options& options);

struct outbox_purge_options {
  std::int64_t older_than_seconds = 24 * 3'600;
};
int outbox_purge(const global_options& global,
                 const outbox_purge_options& options);

/// Opens the store and calls `action` with its outbox.
int with_outbox(const global_options& global,
                const std::function<int(es::store::outbox_store&)>& action);

struct relay_options {
  /// "stdout" or "nats".
  std::string to = "stdout";
  std::string nats_url = "nats://127.0.0.1:4222";
  std::string subject = "events.{aggregate_type}.{event_type}";
  std::string stream;
  /// Ends when nothing is left.
  bool once = false;
};
int relay(const global_options& global, const relay_options& options);

int projection_list(const global_options& global);

struct projection_name_options {
  /// Empty where all are meant.
  std::string name;
};
/// Exit code 1 if one has stopped.
int projection_status_of(const global_options& global,
                         const projection_name_options& options);
int projection_pause(const global_options& global,
                     const projection_name_options& options);
int projection_resume(const global_options& global,
                      const projection_name_options& options);

struct projection_run_options {
  /// All of them if none is named.
  std::vector<std::string> names;
  /// 0: as many as it has, one if it is new.
  std::uint32_t partitions = 0;
  bool skip_failing = false;
  /// Ends when all events are projected.
  bool once = false;
};
int projection_run(const global_options& global,
                   const projection_run_options& options);

struct projection_rebuild_options {
  std::string name;
  bool skip_failing = false;
  std::size_t page_events_max =
    es::store::projection_rebuild::options{}.page_events_max;
  /// Gives up what an interrupted rebuild has done.
  bool discard = false;
};
int projection_rebuild_one(const global_options& global,
                           const projection_rebuild_options& options);

struct projection_page_options {
  std::string name;
  std::size_t limit = 1'000;
};
int projection_rows(const global_options& global,
                    const projection_page_options& options);
int projection_dead_letters(const global_options& global,
                            const projection_page_options& options);

struct search_options {
  std::vector<std::string> words;
  std::size_t limit = 20;
};
/// Exit code 1 if nothing is found.
int search(const global_options& global, const search_options& options);

int verify_store(const global_options& global);
int stats(const global_options& global);

struct config_options {
  bool defaults = false;
};
int config(const global_options& global, const config_options& options);

struct demo_options {
  std::string file = "/usr/share/ieee-data/oui.csv";
};
int demo(const global_options& global, const demo_options& options);

} // namespace esctl
