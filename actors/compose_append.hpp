#pragma once

#include "eventsource/actors/environment.hpp"
#include "eventsource/domain/aggregate_type.hpp"
#include "eventsource/domain/command.hpp"
#include "eventsource/store/append.hpp"

#include <string>

namespace es::actors {

/// What an aggregate decided and on what.
struct decided_command {
  const aggregate_type& type;
  const std::string& aggregate_id;
  /// The version that it was decided on.
  version_t version = 0;
  const command_options& options;
  timestamp now;
  const metadata& about;
};

/// Everything that an accepted command stores, put where it is sent from. Takes
/// the events' bytes out of `made`. `errc::invalid` for text that can't be
/// stored, and for an event or metadata above `commands.payload_bytes_max`;
/// `errc::internal` if the user's projection or statements fail. A snapshot
/// above that bound is left out, with a warning in the log: losing one loses
/// nothing. `snapshot_version` is that of the last snapshot that is written or
/// on its way; one that is left out moves it on, or the next command would try
/// again.
[[nodiscard]] result<void> compose_append(const environment& env,
                                          const decided_command& command,
                                          version_t& snapshot_version,
                                          decided& made,
                                          store::append_request& into);

} // namespace es::actors
