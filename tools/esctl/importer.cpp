#include "eventsource/tools/esctl/importer.hpp"

#include "eventsource/domain/organization/organization.hpp"

#include <algorithm>

namespace esctl {

using namespace es::reference;
using clock = std::chrono::steady_clock;

namespace {

/// A row waits for others of its organization, each a commit; how long that
/// takes is a matter of the disk.
constexpr std::chrono::minutes patience{10};

/// Whether the next row would fare no better.
bool ends_import(es::errc code) {
  switch (code) {
    case es::errc::unavailable:
    case es::errc::overloaded:
    case es::errc::timeout:
    case es::errc::schema_mismatch:
    case es::errc::in_doubt:
      return true;
    default:
      return false;
  }
}

} // namespace

importer::importer(es::actors::runtime& runtime, options how)
  : runtime_(runtime), how_(std::move(how)) {
  // nop
}

void importer::import(registry_file& file) {
  while (auto row = file.next()) {
    if (how_.shall_end && how_.shall_end()) {
      std::lock_guard guard{mutex_};
      summary_.interrupted = true;
      return;
    }
    auto source = file.name() + ":" + std::to_string(row->line);
    std::size_t rows = 0;
    {
      std::unique_lock guard{mutex_};
      changed_.wait(guard, [this] {
        return in_flight_ < how_.in_flight_max || summary_.stopped_by;
      });
      if (summary_.stopped_by)
        return;
      rows = ++summary_.rows;
      if (!row->malformed.empty()) {
        ++summary_.malformed;
        guard.unlock();
        how_.complain(source + ": " + row->malformed + "; skipped");
        continue;
      }
      ++in_flight_;
    }
    take(std::make_shared<row_in_flight>(
      row_in_flight{std::move(source), std::move(*row), {}}));
    how_.progress(rows, file);
  }
}

import_summary importer::finish() {
  std::unique_lock guard{mutex_};
  // After an outage what is still on its way need not come back.
  changed_.wait(guard, [this] { return in_flight_ == 0; });
  summary_.organizations = organizations_.size();
  summary_.seconds = clock::now() - start_;
  if (!latencies_ms_.empty()) {
    auto middle = latencies_ms_.begin()
                  + static_cast<std::ptrdiff_t>(latencies_ms_.size() / 2);
    std::nth_element(latencies_ms_.begin(), middle, latencies_ms_.end());
    summary_.median_ms = *middle;
    summary_.slowest_ms =
      *std::max_element(latencies_ms_.begin(), latencies_ms_.end());
  }
  return summary_;
}

void importer::take(row_ptr row) {
  std::unique_lock guard{mutex_};
  auto [i, first] = organizations_.try_emplace(row->row.organization);
  auto& to = i->second;
  if (first) {
    to.id = organization_id(row->row.organization);
    send_registration(to, std::move(row));
  } else if (!to.exists) {
    to.waiting.push_back(std::move(row));
  } else {
    send_change(to.id, std::move(row));
  }
}

// -- commands -----------------------------------------------------------------

void importer::send_registration(const organization& to, row_ptr row) {
  auto number = row->row.registry + " " + row->row.assignment;
  register_organization command{row->row.organization, std::move(number),
                                country_of(row->row.address)};
  send(to.id, std::move(row), es::any_command::of(std::move(command)), true);
}

void importer::send_change(const std::string& id, row_ptr row) {
  change_registration_number command{row->row.registry + " "
                                     + row->row.assignment};
  send(id, std::move(row), es::any_command::of(std::move(command)), false);
}

void importer::send(const std::string& id, row_ptr row, es::any_command command,
                    bool registers) {
  es::command_options options;
  // Unique per organization, which is what a command id has to be.
  options.command_id = "ieee:" + row->row.registry + ":" + row->row.assignment;
  options.timeout = patience;
  options.metadata.actor("ieee-registry").set("address", row->row.address);
  row->sent = clock::now();
  runtime_.submit(es::reference::organization::aggregate_type, id,
                  std::move(command), std::move(options),
                  [this, row, registers](es::result<es::receipt> answer) {
                    on_answer(row, registers, answer);
                  });
}

// -- answers ------------------------------------------------------------------

void importer::on_answer(row_ptr row, bool registers,
                         const es::result<es::receipt>& answer) {
  std::unique_lock guard{mutex_};
  if (answer) {
    ++summary_.accepted;
    if (registers)
      on_registered(*row);
    done_with(*row);
    return;
  }
  const auto& why = answer.error();
  if (registers && why.reason == "already_registered") {
    // By an earlier import of another file: this row is a further assignment.
    send_change(organizations_.at(row->row.organization).id, row);
    on_registered(*row);
    return;
  }
  if (!ends_import(why.code)) {
    guard.unlock();
    how_.complain(row->source + ": " + es::to_string(why));
    guard.lock();
  }
  on_failed(*row, registers, why);
  // `finish` may return after this, and `this` be gone.
  done_with(*row);
}

void importer::on_failed(const row_in_flight& row, bool registers,
                         const es::error& why) {
  const bool ends = ends_import(why.code);
  if (ends && !summary_.stopped_by)
    summary_.stopped_by = why;
  if (!ends)
    ++summary_.refused;
  if (!registers)
    return;
  // Without its registration, what waited for it is lost as well.
  auto i = organizations_.find(row.row.organization);
  auto waiting = std::move(i->second.waiting);
  organizations_.erase(i);
  in_flight_ -= waiting.size();
  if (!ends)
    summary_.refused += waiting.size();
}

void importer::on_registered(const row_in_flight& row) {
  auto& to = organizations_.at(row.row.organization);
  to.exists = true;
  auto waiting = std::move(to.waiting);
  to.waiting.clear();
  for (auto& next : waiting)
    send_change(to.id, std::move(next));
}

void importer::done_with(const row_in_flight& row) {
  std::chrono::duration<float, std::milli> took = clock::now() - row.sent;
  latencies_ms_.push_back(took.count());
  --in_flight_;
  changed_.notify_all();
}

} // namespace esctl
