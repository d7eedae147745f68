#pragma once

#include "eventsource/tests/faults/child_program.hpp"
#include "eventsource/tests/faults/published_events.hpp"
#include "eventsource/tests/kit/free_port.hpp"
#include "eventsource/tests/store/server_scratch.hpp"

#include <memory>
#include <nats/nats.h>
#include <optional>
#include <stdexcept>
#include <string>

namespace es::testing {

/// A nats-server with JetStream in a temporary folder, on a free port of
/// 127.0.0.1.
class nats_broker {
public:
  nats_broker() : port_(free_port()) {
    start();
  }

  void start() {
    server_.emplace(
      store::account{.uid = ::geteuid(), .gid = ::getegid(), .name = {}},
      std::vector<std::string>{"/usr/sbin/nats-server", "-a", "127.0.0.1", "-p",
                               std::to_string(port_), "-js", "-sd",
                               (folder_ / "jetstream").string(), "-l",
                               (folder_ / "log").string()});
  }

  /// As the power would.
  void kill() {
    server_->end(SIGKILL);
  }

  [[nodiscard]] std::string url() const {
    return "nats://127.0.0.1:" + std::to_string(port_);
  }

  /// All messages of a stream, in order.
  [[nodiscard]] published_events read(const std::string& stream) const {
    natsConnection* raw_connection = nullptr;
    jsCtx* raw_jetstream = nullptr;
    if (natsConnection_ConnectTo(&raw_connection, url().c_str()) != NATS_OK)
      throw std::runtime_error("no connection to the broker");
    const std::unique_ptr<natsConnection, void (*)(natsConnection*)> connection(
      raw_connection, natsConnection_Destroy);
    if (natsConnection_JetStream(&raw_jetstream, raw_connection, nullptr)
        != NATS_OK)
      throw std::runtime_error("the broker has no JetStream");
    const std::unique_ptr<jsCtx, void (*)(jsCtx*)> jetstream(raw_jetstream,
                                                             jsCtx_Destroy);
    jsStreamInfo* info = nullptr;
    if (js_GetStreamInfo(&info, raw_jetstream, stream.c_str(), nullptr, nullptr)
        != NATS_OK)
      throw std::runtime_error("the broker has no stream " + stream);
    const auto last = info->State.LastSeq;
    jsStreamInfo_Destroy(info);
    published_events all;
    for (std::uint64_t sequence = 1; sequence <= last; ++sequence) {
      natsMsg* message = nullptr;
      if (js_GetMsg(&message, raw_jetstream, stream.c_str(), sequence, nullptr,
                    nullptr)
          != NATS_OK)
        throw std::runtime_error("the stream lost message "
                                 + std::to_string(sequence));
      all.take({natsMsg_GetData(message),
                static_cast<std::size_t>(natsMsg_GetDataLength(message))});
      natsMsg_Destroy(message);
    }
    return all;
  }

private:
  scratch_folder folder_;
  int port_;
  std::optional<child_program> server_;
};

} // namespace es::testing
