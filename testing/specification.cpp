#include "eventsource/testing/specification.hpp"

#include "eventsource/testing/line_diff.hpp"

namespace es::testing::detail {

namespace {

std::string one_or_many(std::size_t count, const std::string& what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

/// A row change with its columns' names, as JSON over several lines.
std::string described(const row_change& change, const projection_table* table) {
  using kind = row_change::kind;
  if (change.what == kind::none)
    return "no row change";
  nlohmann::ordered_json cells = nlohmann::ordered_json::object();
  for (std::size_t i = 0; i < change.cells.size(); ++i) {
    auto name = "cell " + std::to_string(i + 1);
    if (table && change.what == kind::upsert && i < table->columns.size())
      name = table->columns[i].name;
    else if (table && change.what == kind::remove && i < table->key.size())
      name = table->key[i];
    const auto text = change.cells[i].text();
    cells[name] = text ? nlohmann::ordered_json(*text) : nullptr;
  }
  return (change.what == kind::upsert ? "upsert " : "remove ")
         + cells.dump(2, ' ', false,
                      nlohmann::ordered_json::error_handler_t::replace);
}

} // namespace

scenario::scenario(const aggregate_type& type) : history(type) {
  // nop
}

void scenario::give(const event_form& event) {
  if (auto ok = history.add_stored(event); !ok)
    report("the given event " + event.type + " is not readable",
           ok.error().message);
  given_.push_back(event);
}

void scenario::decide(any_command command, source_place where) {
  where_ = where;
  commands_.push_back(to_string(command));
  rejection_expected_ = false;
  decided_ = history.decide(command);
  if (!decided_)
    return;
  // What later recoveries make of the events must be what the live actor has.
  auto replayed = history.replay({history.type().initial(), 0});
  if (!replayed)
    report("the decided events can't be replayed", replayed.error().message);
  auto text = history.type().encode_state(replayed->state);
  if (!text)
    report("the state is not readable", text.error().message);
  if (*text != state_json())
    report("replaying the events gives another state than deciding them "
           "(- live, + replayed)",
           line_diff(pretty_json(state_json()), pretty_json(*text)));
}

// -- checks -------------------------------------------------------------------

void scenario::expect_accepted() const {
  if (!decided_ && !rejection_expected_)
    report("the command was not accepted", to_string(decided_.error()));
}

void scenario::expect_events(const std::vector<event_form>& wanted) const {
  if (!decided_)
    report("the command was not accepted", to_string(decided_.error()));
  if (*decided_ != wanted)
    report("other events than expected (- expected, + decided)",
           line_diff(pretty(wanted), pretty(*decided_)));
}

void scenario::expect_rejection(std::string_view reason) {
  const auto wanted = "rejected (" + std::string(reason) + ")";
  if (decided_)
    report(wanted + " was expected, but it was accepted",
           decided_->empty() ? "without events" : pretty(*decided_));
  const auto& e = decided_.error();
  if (e.code != errc::rejected || e.reason != reason)
    report(wanted + " was expected", to_string(e));
  rejection_expected_ = true;
}

void scenario::expect_that(bool holds) const {
  expect_accepted();
  if (!holds)
    report("the state is not as expected", pretty_json(state_json()));
}

void scenario::expect_state(std::string_view wanted_json) const {
  expect_accepted();
  if (state_json() != wanted_json)
    report("another state than expected (- expected, + actual)",
           line_diff(pretty_json(wanted_json), pretty_json(state_json())));
}

void scenario::expect_row(const row_change& wanted) const {
  expect_accepted();
  auto actual = history.project();
  if (!actual)
    report("`project` failed", actual.error().message);
  if (actual->what == wanted.what && actual->cells == wanted.cells)
    return;
  const auto* table = history.type().projection();
  auto diff = line_diff(described(wanted, table), described(*actual, table));
  report("another row change than expected (- expected, + projected)", diff);
}

// -- reports ------------------------------------------------------------------

std::string scenario::state_json() const {
  auto text = history.type().encode_state(history.state().state);
  if (!text)
    report("the state is not readable", text.error().message);
  return *text;
}

std::string scenario::story() const {
  auto out = "  given " + one_or_many(given_.size(), "event") + " of "
             + history.type().name() + " " + history.aggregate_id + "\n";
  for (std::size_t i = 0; i < given_.size(); ++i)
    out += "    " + std::to_string(i + 1) + " " + to_string(given_[i]) + "\n";
  for (const auto& command : commands_)
    out += "  when " + command + "\n";
  return out;
}

void scenario::report(const std::string& what,
                      const std::string& details) const {
  throw specification_failed((where_.line > 0 ? to_string(where_) : "") + what
                             + "\n" + story() + "  then\n"
                             + indented(details, "    "));
}

} // namespace es::testing::detail
