// A complete program: an aggregate, its messages, a runtime and two callers.
// Run it: it starts a private PostgreSQL server of its own.
//
//     build/bin/first_aggregate

// --(account-begin)--
#include "eventsource/actors/runtime.hpp"
#include "eventsource/actors/system.hpp"

#include <iostream>

namespace bank {

// Commands ask, events tell. The names are stored: they stay as they are.
struct open_account {
  static constexpr std::string_view command_type = "open_account";
  std::string owner;
};

struct withdraw {
  static constexpr std::string_view command_type = "withdraw";
  std::int64_t amount = 0;
};

struct account_opened {
  static constexpr std::string_view event_type = "account_opened";
  std::string owner;
  std::int64_t gift = 0;
};

struct withdrawn {
  static constexpr std::string_view event_type = "withdrawn";
  std::int64_t amount = 0;
};

// The state: the fold of the events.
struct account {
  static constexpr std::string_view aggregate_type = "account";
  static constexpr std::string_view id_prefix = "acc_";
  using commands = es::type_list<open_account, withdraw>;
  using events = es::type_list<account_opened, withdrawn>;
  std::string owner;
  std::int64_t balance = 0;
};

es::decision<account> decide(const account& a, const open_account& c) {
  if (!a.owner.empty())
    return es::reject("already_open", "this account belongs to " + a.owner);
  return account_opened{c.owner, 100};
}

es::decision<account> decide(const account& a, const withdraw& c) {
  if (c.amount > a.balance)
    return es::reject("insufficient_funds",
                      "the balance is " + std::to_string(a.balance));
  return withdrawn{c.amount};
}

account apply(account a, const account_opened& e) {
  a.owner = e.owner;
  a.balance = e.gift;
  return a;
}

account apply(account a, const withdrawn& e) {
  a.balance -= e.amount;
  return a;
}

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(open_account, owner)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(withdraw, amount)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(account_opened, owner, gift)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(withdrawn, amount)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(account, owner, balance)

// How the commands travel between actors follows from their JSON.
ES_INSPECT_JSON(open_account)
ES_INSPECT_JSON(withdraw)

} // namespace bank

CAF_BEGIN_TYPE_ID_BLOCK(bank, caf::first_custom_type_id)
CAF_ADD_TYPE_ID(bank, (bank::open_account))
CAF_ADD_TYPE_ID(bank, (bank::withdraw))
CAF_END_TYPE_ID_BLOCK(bank)
// --(account-end)--

// --(main-begin)--
int main() {
  es::actors::init_types<caf::id_block::bank>();
  es::actors::settings how; // or load_settings("eventsource.toml")
  es::actors::system_config<caf::id_block::bank> config{how};
  caf::actor_system system{config};

  es::type_registry types;
  if (auto ok = types.add(es::type_of<bank::account>()); !ok) {
    std::cerr << to_string(ok.error()) << "\n";
    return 1;
  }
  auto runtime = es::actors::runtime::start(system, how, types);
  if (!runtime) {
    std::cerr << to_string(runtime.error()) << "\n";
    return 1;
  }
  auto id = es::ksuid_generator::system().next(bank::account::id_prefix);

  // From outside of actors: wait for the answer.
  auto opened = runtime->execute<bank::account>(id, bank::open_account{"Ada"});
  if (opened)
    std::cout << "opened " << id << " at version " << opened->version << "\n";

  // From an actor: an ordinary typed handle. A command that the aggregate does
  // not have would not compile.
  auto accounts = runtime->handle<bank::account>();
  caf::scoped_actor self{system};
  for (std::int64_t amount : {30, 500}) {
    auto answer = es::actors::compat::ask(
      self, *accounts, std::chrono::seconds(10), id, bank::withdraw{amount});
    std::move(answer).receive(
      [](const es::receipt& done) {
        std::cout << "withdrawn, now at version " << done.version << "\n";
      },
      [&](const caf::error& e) {
        auto why = es::actors::from_caf(system, e);
        std::cout << "refused (" << why.reason << "): " << why.message << "\n";
      });
  }
  return runtime->stop().clean() ? 0 : 1;
}
// --(main-end)--
