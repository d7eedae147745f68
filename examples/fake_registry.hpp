#pragma once

#include "eventsource/actors/messages.hpp"
#include "eventsource/actors/subscription_messages.hpp"
#include "eventsource/examples/vat_validation.hpp"

#include <chrono>
#include <functional>
#include <utility>

namespace vat {

/// Stands for a registry in another country: hears of our questions as a
/// subscriber, and answers in its own manner.
class fake_registry : public caf::event_based_actor {
public:
  /// How it treats a number.
  struct manner {
    bool is_valid = true;
    /// How often it answers: 0 is never.
    int answers = 1;
    std::chrono::milliseconds after{0};
  };
  using treatment = std::function<manner(const std::string& vat_number)>;

  /// `inquiries` is the router of `inquiry`.
  fake_registry(caf::actor_config& config, caf::actor inquiries, treatment how)
    : caf::event_based_actor(config), inquiries_(std::move(inquiries)),
      how_(std::move(how)) {
    // nop
  }

  const char* name() const override {
    return "vat.fake_registry";
  }

  caf::behavior make_behavior() override {
    using namespace es::actors;
    return {
      [this](const events_delivered& delivered) {
        for (const auto& each : *delivered.events)
          on_question(each.event);
        if (auto from = caf::actor_cast<caf::actor>(current_sender()))
          compat::tell(this, from, events_handled{delivered.ticket});
      },
      [](const call_back& later) { later.run(); },
    };
  }

  void on_exit() override {
    inquiries_ = nullptr;
    how_ = nullptr;
  }

private:
  void on_question(const es::recorded_event& event) {
    using namespace es::actors;
    const auto asked = nlohmann::json::parse(event.data).get<registry_asked>();
    const auto how = how_(asked.vat_number);
    for (int i = 0; i < how.answers; ++i)
      compat::tell_self_after(
        this, how.after, call_back{[this, id = event.aggregate_id, asked, how] {
          submit_command answer{
            id,
            es::any_command::of(note_answer{asked.vat_number, how.is_valid}),
            {}};
          // A registry does not care whether it is heard.
          compat::ask(this, inquiries_, caf::infinite, std::move(answer))
            .then([](const es::receipt&) {}, [](const caf::error&) {});
        }});
  }

  caf::actor inquiries_;
  treatment how_;
};

} // namespace vat
