#pragma once

#include "eventsource/actors/messages.hpp"
#include "eventsource/domain/aggregate.hpp"

#include <memory>
#include <string>
#include <utility>

namespace es::actors {

/// What a router does with a message once its type is erased.
class command_sink {
public:
  virtual ~command_sink() = default;
  virtual caf::result<receipt> accept(submit_command message) = 0;
  virtual caf::result<current_state> ask_state(query_state question) = 0;
};

/// The typed clauses of a router: the one place where a user's C++ command
/// types meet CAF. Installed in the router when `runtime::handle` is first
/// called, so that a typed command reaches it without another actor between.
class router_face {
public:
  virtual ~router_face() = default;
  virtual caf::message_handler handlers(command_sink& sink) = 0;
};

namespace detail {

template <class Command>
caf::message_handler clauses_of(command_sink& sink) {
  return {
    [&sink](std::string& id, Command& command) {
      return sink.accept(
        {std::move(id), any_command::of(std::move(command)), {}});
    },
    [&sink](std::string& id, Command& command, command_options& options) {
      return sink.accept({std::move(id), any_command::of(std::move(command)),
                          std::move(options)});
    },
  };
}

template <class List>
class typed_face;

template <class... Commands>
class typed_face<type_list<Commands...>> final : public router_face {
public:
  caf::message_handler handlers(command_sink& sink) override {
    caf::message_handler all{
      [&sink](std::string& id, get_state) {
        return sink.ask_state({std::move(id)});
      },
    };
    ((all = all.or_else(clauses_of<Commands>(sink))), ...);
    return all;
  }
};

} // namespace detail

/// Makes `router` answer the typed messages of aggregate type `A` too.
template <class A>
void install_typed_face(const caf::actor& router) {
  compat::tell_anonymously(
    router,
    install_face{std::make_shared<detail::typed_face<typename A::commands>>()});
}

} // namespace es::actors
