#pragma once

#include "eventsource/actors/runtime.hpp"
#include "eventsource/tools/esctl/ieee_registry.hpp"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace esctl {

struct import_summary {
  std::size_t rows = 0;
  std::size_t organizations = 0;
  /// Rows that were answered with a receipt, old or new.
  std::size_t accepted = 0;
  std::size_t malformed = 0;
  std::size_t refused = 0;
  std::chrono::duration<double> seconds{0};
  double median_ms = 0;
  double slowest_ms = 0;
  /// Set if the import had to end before the last row: the database went away
  /// or is too slow.
  std::optional<es::error> stopped_by;
  /// Set if the import was asked to end before the last row.
  bool interrupted = false;
};

/// Sends one command per row of registry files through a runtime: the first row
/// of an organization registers it, each further one changes its registration
/// number. Ids of aggregates and commands follow from the rows, so that an
/// import can be killed at any moment and be repeated: what was done is not
/// done again.
class importer {
public:
  struct options {
    /// Commands without an answer at once.
    std::size_t in_flight_max = 1000;
    /// Told of each malformed or refused row, as "oui.csv:12: why".
    std::function<void(const std::string&)> complain;
    /// Called after each row from the importing thread: rows read so far, and
    /// the file that is being read.
    std::function<void(std::size_t rows, const registry_file&)> progress;
    /// Asked before each row whether the import shall end; never if empty.
    std::function<bool()> shall_end{};
  };

  importer(es::actors::runtime& runtime, options how);

  /// Reads one file to its end; call it for each file, then `finish`.
  void import(registry_file& file);

  /// Waits for all answers.
  import_summary finish();

private:
  struct row_in_flight {
    std::string source; // "oui.csv:12"
    registry_row row;
    std::chrono::steady_clock::time_point sent;
  };

  using row_ptr = std::shared_ptr<row_in_flight>;

  /// Further rows wait until it is known that the organization exists.
  struct organization {
    std::string id;
    bool exists = false;
    std::vector<row_ptr> waiting;
  };

  void take(row_ptr row);
  void send_registration(const organization& to, row_ptr row);
  void send_change(const std::string& id, row_ptr row);
  void send(const std::string& id, row_ptr row, es::any_command command,
            bool registers);
  void on_answer(row_ptr row, bool registers,
                 const es::result<es::receipt>& answer);
  void on_registered(const row_in_flight& row);
  void on_failed(const row_in_flight& row, bool registers,
                 const es::error& why);
  void done_with(const row_in_flight& row);

  es::actors::runtime& runtime_;
  options how_;
  std::chrono::steady_clock::time_point start_ =
    std::chrono::steady_clock::now();

  std::mutex mutex_; // guards all below: answers come on actors' threads
  std::condition_variable changed_;
  std::size_t in_flight_ = 0;
  std::unordered_map<std::string, organization> organizations_;
  std::vector<float> latencies_ms_;
  import_summary summary_;
};

} // namespace esctl
