#include "eventsource/domain/ksuid.hpp"

#include "eventsource/tests/kit/test.hpp"

#include <algorithm>
#include <cstdio>
#include <memory>
#include <set>
#include <thread>
#include <vector>

namespace ksuid_test {

using namespace es;
using namespace std::chrono_literals;

namespace {

/// A generator whose clock and randomness the test holds.
struct controlled {
  std::chrono::sys_seconds now{std::chrono::seconds{1'700'000'000}};
  ksuid::payload random{};
  int draws = 0;
  ksuid_generator ids{[this] { return now; },
                      [this](ksuid::payload& rest) {
                        ++draws;
                        rest = random;
                      }};
};

/// What the distribution's `ksuid` program prints, without the last newline.
std::string run_program(const std::string& arguments) {
  std::string command = "ksuid " + arguments + " 2>&1";
  std::unique_ptr<FILE, int (*)(FILE*)> pipe{popen(command.c_str(), "r"),
                                             pclose};
  ES_REQUIRE(pipe != nullptr);
  std::string text;
  char buffer[256];
  while (auto n = fread(buffer, 1, sizeof buffer, pipe.get()))
    text.append(buffer, n);
  while (!text.empty() && text.back() == '\n')
    text.pop_back();
  return text;
}

std::string hex_of(const ksuid& id) {
  std::string text;
  char digits[3];
  for (auto byte : id.raw()) {
    std::snprintf(digits, sizeof digits, "%02X", byte);
    text += digits;
  }
  return text;
}

/// Raw bytes, text and time must be what the program says of the same id.
void check_against_program(const ksuid& id) {
  auto text = run_program("-f inspect " + id.str());
  auto says = [&](const std::string& line) {
    return text.find(line) != std::string::npos;
  };
  auto seconds = id.time().time_since_epoch().count() - ksuid::epoch_seconds;
  ES_CHECK(says("String: " + id.str() + "\n"));
  ES_CHECK(says("Raw: " + hex_of(id) + "\n"));
  ES_CHECK(says("Timestamp: " + std::to_string(seconds) + "\n"));
}

} // namespace

ES_TEST_WITH(controlled, "the nil id is 27 zeros and the largest one reads "
                         "back") {
  ES_CHECK_EQ(ksuid{}.str(), std::string(27, '0'));
  ksuid::bytes all;
  all.fill(0xff);
  ES_CHECK_EQ(ksuid{all}.str(), "aWgEPTl1tmebfsQzFP4bxwgy80V");
  ES_CHECK(ksuid::parse("aWgEPTl1tmebfsQzFP4bxwgy80V").value() == ksuid{all});
}

ES_TEST("the reference implementation's example has its time and payload") {
  // From the reference implementation's own documentation.
  auto id = ksuid::parse("0ujtsYcgvSTl8PAuAdqWYSMnLOv");
  ES_REQUIRE(id);
  ES_CHECK_EQ(hex_of(*id), "0669F7EFB5A1CD34B5F99D1154FB6853345C9735");
  ES_CHECK_EQ(id->time().time_since_epoch().count(), 1'507'608'047);
  ES_CHECK_EQ(id->str(), "0ujtsYcgvSTl8PAuAdqWYSMnLOv");
}

ES_TEST("each bit reads back, and texts sort as their ids do") {
  ksuid below{};
  for (std::size_t bit = 160; bit-- > 0;) {
    ksuid::bytes raw{};
    raw[bit / 8] = static_cast<std::uint8_t>(0x80 >> bit % 8);
    const ksuid alone{raw};
    for (auto i = bit / 8 + 1; i < raw.size(); ++i)
      raw[i] = 0xff;
    raw[bit / 8] = static_cast<std::uint8_t>(0xff >> bit % 8);
    const ksuid all_up_to_it{raw};
    for (const auto& id : {alone, all_up_to_it}) {
      ES_REQUIRE_EQ(id.str().size(), ksuid::char_count);
      ES_REQUIRE(ksuid::parse(id.str()).value() == id);
    }
    ES_CHECK_LT(below.str(), alone.str());
    below = all_up_to_it;
  }
}

ES_TEST("an id goes behind what a text has") {
  std::string text{"evt_"};
  ksuid{}.append_to(text);
  ES_CHECK_EQ(text, "evt_" + std::string(27, '0'));
}

ES_TEST("what is no KSUID is refused as invalid") {
  for (const char* text :
       {"", "0", "0ujtsYcgvSTl8PAuAdqWYSMnLO", "0ujtsYcgvSTl8PAuAdqWYSMnLOv0",
        "0ujtsYcgvSTl8PAuAdqWYSMnLO!", "0ujtsYcgvSTl8PAuAdqWYSMnLO ",
        "aWgEPTl1tmebfsQzFP4bxwgy80W", "zzzzzzzzzzzzzzzzzzzzzzzzzzz"}) {
    auto id = ksuid::parse(text);
    ES_REQUIRE(!id);
    ES_CHECK(id.error().code == errc::invalid);
  }
}

ES_TEST_WITH(controlled, "ids of one second increase, and one draw of "
                         "randomness serves them") {
  random.fill(0x11);
  auto last = ids.next();
  ES_CHECK(last.time() == now);
  for (int i = 0; i < 1000; ++i) {
    auto next = ids.next();
    ES_CHECK(last < next);
    ES_CHECK(last.str() < next.str());
    last = next;
  }
  ES_CHECK(last.time() == now);
  ES_CHECK_EQ(draws, 1);
}

ES_TEST_WITH(controlled, "ids increase when the clock steps back") {
  random.fill(0x42);
  auto first = ids.next();
  now -= 100s;
  auto second = ids.next();
  ES_CHECK(first < second);
  now += 101s;
  auto third = ids.next();
  ES_CHECK(second < third);
  ES_CHECK(third.time() == now);
}

ES_TEST_WITH(controlled, "within a second the payload goes up by one") {
  random.fill(0xff); // of which the generator clears the top bit
  auto first = ids.next();
  ES_CHECK_EQ(hex_of(first).substr(8), "7F" + std::string(30, 'F'));
  ES_CHECK_EQ(hex_of(ids.next()).substr(8), "80" + std::string(30, '0'));
  ES_CHECK_EQ(hex_of(ids.next()).substr(8), "80" + std::string(29, '0') + "1");
}

ES_TEST_WITH(controlled,
             "the text of an id is its own wherever the ones before "
             "it came from") {
  controlled same;
  const auto next_is_same = [&] {
    ES_REQUIRE_EQ(ids.next("evt_"), "evt_" + same.ids.next().str());
  };
  // Through all digits, and so often that three of them carry.
  for (int i = 0; i < 62 * 62 * 62 + 62; ++i)
    next_is_same();
  for (auto* clock : {&now, &same.now})
    *clock += 1s;
  random.fill(0x5a);
  same.random.fill(0x5a);
  next_is_same();
  // Asked for in either form, and in a generator that was moved.
  ES_CHECK(ids.next() == same.ids.next());
  auto moved = std::move(ids);
  ES_CHECK_EQ(moved.next("evt_"), "evt_" + same.ids.next().str());
  ksuid_generator later{[] { return std::chrono::sys_seconds{}; },
                        [](ksuid::payload&) {}, ksuid{7, {}}};
  ksuid::payload one{};
  one.back() = 1;
  ES_CHECK_EQ(later.next(""), (ksuid{7, one}).str());
}

ES_TEST_WITH(controlled, "a payload that overflows carries into the seconds "
                         "and ids go on from there") {
  random.fill(0x42);
  ksuid::payload full;
  full.fill(0xff);
  constexpr std::uint32_t second = 300'000'000;
  now = std::chrono::sys_seconds{
    std::chrono::seconds{ksuid::epoch_seconds + second}};
  ksuid_generator late{[this] { return now; },
                       [this](ksuid::payload& rest) { rest = random; },
                       ksuid{second, full}};
  ES_CHECK(late.next() == (ksuid{second + 1, ksuid::payload{}}));
  ksuid::payload one{};
  one.back() = 1;
  ES_CHECK(late.next() == (ksuid{second + 1, one}));
  // The clock reaches the second that the ids are in already.
  now += 1s;
  one.back() = 2;
  ES_CHECK(late.next() == (ksuid{second + 1, one}));
  now += 1s;
  ES_CHECK(late.next() == (ksuid{second + 2, random}));
}

ES_TEST_WITH(controlled, "ids increase from the first one on, whatever clock "
                         "and randomness say") {
  now = std::chrono::sys_seconds{0s};
  auto first = ids.next();
  auto second = ids.next();
  ES_CHECK(ksuid{} < first);
  ES_CHECK(first < second);
}

ES_TEST_WITH(controlled, "a generator that was moved goes on where it was") {
  random.fill(0x11);
  auto first = ids.next();
  auto moved = std::move(ids);
  ES_CHECK(first < moved.next());
  ES_CHECK_EQ(draws, 1);
}

ES_TEST_WITH(controlled, "a clock before the KSUID epoch gives second zero") {
  now = std::chrono::sys_seconds{0s};
  ES_CHECK_EQ(ids.next().time().time_since_epoch().count(),
              ksuid::epoch_seconds);
}

ES_TEST("many threads never get the same id, and each sees its own increase") {
  auto ids = ksuid_generator::system();
  std::vector<std::vector<ksuid>> seen(4);
  std::vector<std::thread> threads;
  for (auto& mine : seen)
    threads.emplace_back([&] {
      for (int i = 0; i < 5000; ++i)
        mine.push_back(ids.next());
    });
  for (auto& thread : threads)
    thread.join();
  std::set<ksuid> all;
  for (const auto& mine : seen) {
    ES_CHECK(std::is_sorted(mine.begin(), mine.end()));
    all.insert(mine.begin(), mine.end());
  }
  ES_CHECK_EQ(all.size(), 20'000u);
}

ES_TEST("ids with a prefix are checked for prefix and form") {
  auto ids = ksuid_generator::system();
  auto id = ids.next("org_");
  ES_CHECK_EQ(id.size(), 31u);
  ES_CHECK(parse_id("org_", id));
  for (const auto& wrong : {std::string{}, std::string{"org_"}, id.substr(4),
                            "acc_" + id.substr(4), id + "0", "org_" + id}) {
    auto parsed = parse_id("org_", wrong);
    ES_REQUIRE(!parsed);
    ES_CHECK(parsed.error().code == errc::invalid);
    ES_CHECK(parsed.error().message.find("org_") != std::string::npos);
  }
}

ES_TEST("the distribution's ksuid program reads our ids as we do") {
  auto ids = ksuid_generator::system();
  for (int i = 0; i < 20; ++i)
    check_against_program(ids.next());
}

ES_TEST("we read the ids of the distribution's ksuid program as it does") {
  for (int i = 0; i < 20; ++i) {
    auto text = run_program("");
    auto id = ksuid::parse(text);
    ES_REQUIRE(id);
    ES_CHECK_EQ(id->str(), text);
    check_against_program(*id);
  }
}

} // namespace ksuid_test
