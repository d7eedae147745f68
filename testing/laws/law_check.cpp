#include "eventsource/testing/laws/law_check.hpp"

#include "eventsource/testing/laws/sequence.hpp"
#include "eventsource/testing/line_diff.hpp"

#include <algorithm>

namespace es::testing::detail {

namespace {

/// So often a sequence is tried again while it is shortened.
constexpr std::size_t attempts_max = 1'000;

using steps = std::vector<sequence_step>;

std::optional<broken_law> play(const law_check& what, const steps& commands) {
  law_report unused;
  sequence run{what, unused};
  for (const auto& command : commands)
    if (auto broken = run.step(command))
      return broken;
  return run.finish();
}

/// Leaves out ever smaller parts, as long as the same law is broken.
steps shorten(const law_check& what, steps least, const broken_law& found) {
  std::size_t attempts = 0;
  for (auto part = std::max<std::size_t>(least.size() / 2, 1); part > 0;
       part /= 2)
    for (std::size_t from = 0; from < least.size();) {
      if (++attempts > attempts_max)
        return least;
      auto candidate = least;
      const auto first = candidate.begin() + static_cast<std::ptrdiff_t>(from);
      candidate.erase(first, first
                               + static_cast<std::ptrdiff_t>(
                                 std::min(part, candidate.size() - from)));
      const auto broken = play(what, candidate);
      if (broken && broken->law == found.law)
        least = std::move(candidate);
      else
        from += part;
    }
  return least;
}

[[noreturn]] void report(const law_check& what, source_place where,
                         std::size_t number, const steps& commands,
                         const broken_law& found) {
  const auto least = shorten(what, commands, found);
  const auto broken = play(what, least).value_or(found);
  std::string text =
    to_string(where) + broken.law + "\n  aggregate type " + what.type->name()
    + ", seed " + std::to_string(what.seed) + ", sequence "
    + std::to_string(number) + ", of which " + std::to_string(least.size())
    + (least.size() == 1 ? " command is" : " commands are") + " enough\n";
  for (std::size_t i = 0; i < least.size(); ++i)
    text +=
      "    " + std::to_string(i + 1) + " " + to_string(least[i].command) + "\n";
  throw specification_failed(text + indented(broken.details, "    "));
}

void check_sources(const law_check& what, source_place where) {
  for (const auto& type : what.type->command_types())
    if (std::none_of(what.sources.begin(), what.sources.end(),
                     [&](const auto& source) { return source.type == type; }))
      throw specification_failed(
        to_string(where) + "nothing makes commands of type " + type
        + ": add .command([](random_source& any) { return ...; })");
  if (what.sequences == 0 || what.commands_max == 0)
    throw specification_failed(to_string(where)
                               + "laws need sequences with commands");
}

void check_coverage(const law_check& what, const law_report& seen,
                    source_place where) {
  for (const auto& type : what.type->event_types())
    if (!seen.events.contains(type) && !what.optional_events.contains(type))
      throw specification_failed(
        to_string(where) + "no command led to an event of type " + type + " ("
        + std::to_string(seen.accepted) + " of " + std::to_string(seen.commands)
        + " were accepted), so that nothing is known of it: make commands that "
          "suit the state, or say .may_lack<"
        + type + ">()");
}

} // namespace

law_report law_check::run(source_place where) const {
  check_sources(*this, where);
  law_report seen;
  random_source random{seed};
  for (std::size_t number = 1; number <= sequences; ++number) {
    sequence run{*this, seen};
    steps commands;
    const auto length =
      random.number(1, static_cast<std::int64_t>(commands_max));
    std::optional<broken_law> broken;
    for (std::int64_t i = 0; i < length && !broken; ++i) {
      const auto& source = sources[random.next() % sources.size()];
      commands.push_back(
        {source.make(random, run.state()),
         std::chrono::milliseconds(random.number(0, 3'600'000))});
      broken = run.step(commands.back());
    }
    if (!broken)
      broken = run.finish();
    if (broken)
      report(*this, where, number, commands, *broken);
  }
  check_coverage(*this, seen, where);
  return seen;
}

} // namespace es::testing::detail
