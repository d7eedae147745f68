#pragma once

#include "eventsource/domain/process_type.hpp"
#include "eventsource/tests/actors/account.hpp"

#include <chrono>
#include <stdexcept>

/// A process for tests: whoever opens an account gets a gift; who then moves
/// nothing for an hour pays a fee, which is waived if it can't be paid.
namespace bank {

struct gift_promised {
  static constexpr std::string_view event_type = "gift_promised";
};

struct fee_charged {
  static constexpr std::string_view event_type = "fee_charged";
  std::int64_t amount = 0;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(fee_charged, amount)

struct fee_waived {
  static constexpr std::string_view event_type = "fee_waived";
  std::string code;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(fee_waived, code)

struct account_care {
  static constexpr std::string_view process_type = "account_care";
  static constexpr std::string_view id_prefix = "car_";
  using reacts_to = es::type_list<account_opened, deposited, withdrawn>;
  using events = es::type_list<gift_promised, fee_charged, fee_waived>;

  static es::correlation correlate(const account_opened&,
                                   const es::event_context& context) {
    return es::correlation::start(std::string(context.aggregate_id));
  }
  static es::correlation correlate(const deposited&,
                                   const es::event_context& context) {
    return es::correlation::go_on(std::string(context.aggregate_id));
  }
  static es::correlation correlate(const withdrawn&,
                                   const es::event_context& context) {
    return es::correlation::go_on(std::string(context.aggregate_id));
  }

  int gifts = 0;
  int fees = 0;
  int waived = 0;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(account_care, gifts, fees, waived)

inline constexpr std::int64_t gift = 10;
inline constexpr std::int64_t fee = 4;
/// Whose movement is reacted to with an exception, while `care_is_broken`.
inline constexpr std::int64_t unlucky_amount = 13;
inline bool care_is_broken = true;
/// Then the timer's reaction throws.
inline bool fees_are_broken = false;
inline std::chrono::milliseconds idle_time{3'600'000};

inline std::string account_of(const es::process_context& context) {
  // The instance has the account's KSUID.
  return "acc_" + std::string(context.process_id.substr(4));
}

inline es::reaction<account_care> react(const account_care&,
                                        const account_opened&,
                                        const es::process_context& context) {
  return es::reaction<account_care>{}
    .record(gift_promised{})
    .send<account>(account_of(context), deposit{gift})
    .after("idle", idle_time);
}

inline es::reaction<account_care> react(const account_care&,
                                        const deposited& event) {
  if (event.amount == unlucky_amount && care_is_broken)
    throw std::runtime_error("an unlucky amount");
  return es::reaction<account_care>{}.after("idle", idle_time);
}

inline es::reaction<account_care> react(const account_care&, const withdrawn&) {
  return {};
}

inline es::reaction<account_care> react(const account_care&,
                                        const es::timer_fired&,
                                        const es::process_context& context) {
  if (fees_are_broken)
    throw std::runtime_error("the price list is lost");
  return es::reaction<account_care>{}
    .record(fee_charged{fee})
    .send<account>(account_of(context), withdraw{fee})
    .after("idle", idle_time);
}

inline es::reaction<account_care> react(const account_care&,
                                        const es::command_refused& refused) {
  return es::reaction<account_care>{}.record(fee_waived{refused.code}).end();
}

inline account_care apply(account_care state, const gift_promised&) {
  ++state.gifts;
  return state;
}

inline account_care apply(account_care state, const fee_charged&) {
  ++state.fees;
  return state;
}

inline account_care apply(account_care state, const fee_waived&) {
  ++state.waived;
  return state;
}

} // namespace bank
