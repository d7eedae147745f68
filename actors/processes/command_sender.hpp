#pragma once

#include "eventsource/actors/messages.hpp"
#include "eventsource/actors/processes/ordered_work.hpp"
#include "eventsource/domain/process_type.hpp"

#include <functional>
#include <memory>
#include <string>

namespace es::actors {

/// Sends the commands that a process's streams hold: those of an instance one
/// after the other, each until it is answered. They carry ids that follow from
/// what the instance reacted to, so that one which is sent again is executed
/// once. A refusal is told to the instance, and the next command is sent.
class command_sender : public ordered_work {
public:
  /// Gives the router of an aggregate type, null if there is none.
  using find_router = std::function<caf::actor(std::string_view type)>;

  command_sender(caf::actor_config& config, options how,
                 const process_type& type, find_router routers);

  const char* name() const override {
    return "es.command_sender";
  }

  void on_exit() override;

protected:
  std::vector<step> steps_of(const store::logged_event& event,
                             const store::partition& part) override;

private:
  /// The commands of one reaction on their way.
  struct batch {
    recorded_event event;
    process_reacted record;
    std::size_t next = 0;
    std::string given_up;
    finished done;
  };

  using shared_batch = std::shared_ptr<batch>;

  /// Asks the instance how far it is known that commands were answered.
  void begin(const shared_batch& what);
  void send_next(const shared_batch& what);
  void on_failed(const shared_batch& what, const error& why);
  void tell_refusal(const shared_batch& what, std::string code,
                    std::string message);
  void tell_instance(const shared_batch& what, process_input input);

  const process_type& type_;
  find_router routers_;
};

} // namespace es::actors
