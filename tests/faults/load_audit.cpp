#include "eventsource/tests/faults/load_audit.hpp"

#include "eventsource/tests/actors/account.hpp"
#include "eventsource/tests/faults/answer_book.hpp"
#include "eventsource/tests/faults/bank_runtime.hpp"
#include "eventsource/tests/faults/stored_accounts.hpp"

#include <fstream>
#include <random>

namespace es::testing {

namespace {

constexpr std::size_t accounts_count = 50;
constexpr std::size_t callers_count = 4;
constexpr std::size_t in_flight_max = 128;

std::string account_id(std::uint64_t seed, std::size_t number) {
  std::seed_seq mixed{static_cast<std::uint32_t>(seed),
                      static_cast<std::uint32_t>(seed >> 32),
                      static_cast<std::uint32_t>(number)};
  ksuid::payload rest{};
  mixed.generate(rest.begin(), rest.end());
  return std::string{bank::account::id_prefix}
         + ksuid{static_cast<std::uint32_t>(number), rest}.str();
}

command_options with_id(const std::string& command_id) {
  command_options result;
  result.command_id = command_id;
  return result;
}

} // namespace

load_audit::load_audit(std::uint64_t seed, int run)
  : seed_(seed), run_(run), book_(std::make_shared<answer_book>()) {
  for (std::size_t i = 0; i < accounts_count; ++i)
    accounts_.push_back(account_id(seed, i));
}

load_audit::~load_audit() {
  sending_ = false;
  for (auto& each : callers_)
    each.join();
}

// -- the load -----------------------------------------------------------------

void load_audit::log_to(int fd) {
  book_->log_to(fd);
}

void load_audit::send(actors::runtime& target, const std::string& command_id,
                      const std::string& aggregate_id, any_command command,
                      bool wait,
                      std::optional<std::chrono::milliseconds> timeout) {
  using clock = std::chrono::steady_clock;
  auto options = with_id(command_id);
  options.timeout = timeout;
  book_->sent(command_id, aggregate_id, command);
  const auto due = clock::now() + timeout.value_or(bank_timeout);
  auto note = [all = book_, command_id, due](const result<receipt>& answer) {
    all->answered(command_id, answer, clock::now() - due);
  };
  if (wait)
    note(target.execute("account", aggregate_id, std::move(command),
                        std::move(options)));
  else
    target.submit("account", aggregate_id, std::move(command),
                  std::move(options), note);
}

findings load_audit::open_accounts(actors::runtime& target) {
  const auto before = book_->receipts();
  for (std::size_t i = 0; i < accounts_.size(); ++i)
    send(target, "open-" + std::to_string(run_) + "-" + std::to_string(i),
         accounts_[i], any_command::of(bank::open_account{"Ada"}), false);
  auto found = book_->await_answers();
  // A later run finds them open.
  if (run_ == 0 && book_->receipts() - before != accounts_.size())
    found.push_back("not every account could be opened: " + summary());
  return found;
}

void load_audit::start(actors::runtime& target) {
  sending_ = true;
  for (std::size_t i = 0; i < callers_count; ++i)
    callers_.emplace_back([this, &target, i] { call(target, i); });
}

void load_audit::call(actors::runtime& target, std::size_t caller) {
  std::seed_seq mixed{seed_, static_cast<std::uint64_t>(run_),
                      static_cast<std::uint64_t>(caller)};
  std::mt19937_64 random{mixed};
  auto up_to = [&](std::size_t limit) { return random() % limit; };
  const auto prefix =
    "cmd-" + std::to_string(run_) + "-" + std::to_string(caller) + "-";
  for (std::size_t sent = 0; sending_;) {
    if (!book_->await_room(in_flight_max))
      continue;
    const bool wait = up_to(50) == 0;
    const auto kind = up_to(100);
    if (kind < 5 && sent > 0) {
      // The same once more, whatever became of it.
      const auto back = 1 + up_to(std::min<std::size_t>(sent, 200));
      const auto again = prefix + std::to_string(sent - back);
      const auto first = book_->find(again);
      send(target, again, first.aggregate_id, first.command, wait);
      continue;
    }
    const auto amount = static_cast<std::int64_t>(1 + up_to(9));
    // Most callers are as patient as the runtime's setting says.
    std::optional<std::chrono::milliseconds> timeout;
    if (up_to(4) == 0)
      timeout = std::chrono::milliseconds{50 + up_to(1'000)};
    auto command = kind < 70   ? any_command::of(bank::deposit{amount})
                   : kind < 95 ? any_command::of(bank::withdraw{2 * amount})
                               : any_command::of(bank::touch{});
    send(target, prefix + std::to_string(sent++),
         accounts_[up_to(accounts_.size())], std::move(command), wait, timeout);
  }
}

bool load_audit::await_receipts(std::size_t count) {
  return book_->await_receipts(count);
}

bool load_audit::await_outage() {
  return book_->await_outage();
}

findings load_audit::stop() {
  sending_ = false;
  for (auto& each : callers_)
    each.join();
  callers_.clear();
  return book_->await_answers();
}

findings load_audit::settle(actors::runtime& target) {
  findings found;
  for (const auto& [command_id, sent] : book_->doubtful()) {
    auto answer = target.execute("account", sent.aggregate_id, sent.command,
                                 with_id(command_id));
    if (!answer && answer.error().code != errc::rejected)
      found.push_back(command_id
                      + " stays in doubt: " + to_string(answer.error()));
    book_->settled(command_id, answer);
  }
  for (std::size_t i = 0; i < accounts_.size(); ++i) {
    const auto command_id =
      "last-" + std::to_string(run_) + "-" + std::to_string(i);
    auto last = any_command::of(bank::deposit{1});
    book_->sent(command_id, accounts_[i], last);
    auto answer = target.execute("account", accounts_[i], std::move(last),
                                 with_id(command_id));
    book_->answered(command_id, answer, {});
    if (!answer)
      found.push_back("account " + accounts_[i] + " takes no more commands: "
                      + to_string(answer.error()));
  }
  return found;
}

// -- the comparison -----------------------------------------------------------

void load_audit::read_log(const std::filesystem::path& file) {
  std::ifstream in{file};
  std::string line;
  // A line without its end was being written when the process was killed.
  while (std::getline(in, line) && !in.eof())
    book_->read(line);
}

findings load_audit::compare(store::postgres::connection& link) const {
  findings found;
  if (!others_are_gone(link))
    found.push_back("the server still has other sessions");
  const stored_accounts stored{link};
  stored.check_itself(found);
  book_->check(stored, found);
  return found;
}

findings load_audit::compare_states(actors::runtime& target,
                                    store::postgres::connection& link) const {
  findings found;
  const stored_accounts stored{link};
  for (const auto& id : accounts_) {
    const auto state = target.state("account", id);
    if (!state) {
      found.push_back("no state of " + id + ": " + to_string(state.error()));
      continue;
    }
    const auto seen = state->as<bank::account>();
    const auto fold = stored.fold_of(id);
    if (!seen || (*seen)->balance != fold.state.balance
        || state->version() != fold.version)
      found.push_back("the state of " + id + " is not its stored events' fold");
  }
  return found;
}

std::chrono::milliseconds load_audit::lateness() const {
  return book_->lateness();
}

std::string load_audit::summary() const {
  return book_->summary();
}

} // namespace es::testing
