#pragma once

#include "eventsource/actors/processes/ordered_work.hpp"
#include "eventsource/domain/process_type.hpp"

namespace es::actors {

/// Tells the instances of a process of the events that concern them: an
/// instance of one event after the other, in the events' order.
class process_reactor : public ordered_work {
public:
  /// `router` is that of the process's instances.
  process_reactor(caf::actor_config& config, options how,
                  const process_type& type, caf::actor router);

  const char* name() const override {
    return "es.process_reactor";
  }

  void on_exit() override;

protected:
  std::vector<step> steps_of(const store::logged_event& event,
                             const store::partition& part) override;

private:
  void tell_instance(const std::string& id, process_input input,
                     const finished& done);

  const process_type& type_;
  caf::actor router_;
};

} // namespace es::actors
