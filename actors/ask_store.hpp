#pragma once

#include "eventsource/actors/messages.hpp"
#include "eventsource/actors/subscription_messages.hpp"

#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace es::actors {

/// Runs `question(store)`, which blocks and returns a `result`, on a store
/// worker, and then `done(result)` in the asker's turn: exactly once while the
/// asker lives. The question must not touch the asker.
template <class Self, class Question, class Done>
void ask_store(Self* self, const caf::actor& worker, Question question,
               Done done) {
  using answer = std::invoke_result_t<Question, store::event_store&>;
  auto slot = std::make_shared<std::optional<answer>>();
  run_on_store message{
    [slot, question = std::move(question)](store::event_store& store) mutable {
      slot->emplace(question(store));
    }};
  auto shared = std::make_shared<Done>(std::move(done));
  compat::ask(self, worker, caf::infinite, std::move(message))
    .then([slot, shared](const store_asked&) { (*shared)(std::move(**slot)); },
          [self, shared](const caf::error& e) {
            (*shared)(answer{tl::unexpected(from_caf(self->system(), e))});
          });
}

} // namespace es::actors
