#include "eventsource/actors/append_chain.hpp"

#include "eventsource/tests/kit/test.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <thread>

namespace append_chain_test {

using namespace es;
using namespace es::actors;

using owner_state = append_chain::owner_state;

constexpr std::chrono::seconds patience{10};

ES_TEST("the last note counts, and its session") {
  append_chain chain;
  ES_CHECK_EQ(chain.committed(), 0u);
  ES_CHECK(chain.note_commit(1, 7) == owner_state::content);
  ES_CHECK(chain.note_commit(4, 8) == owner_state::content);
  ES_CHECK_EQ(chain.committed(), 4u);
  ES_CHECK_EQ(chain.session(), 8u);
}

ES_TEST("who asks is named with the next note, and only with that one") {
  append_chain chain;
  ES_CHECK(chain.ask_for(2));
  ES_CHECK_EQ(chain.committed(), 0u);
  ES_CHECK(chain.note_commit(1, 7) == owner_state::asking);
  ES_CHECK(chain.note_commit(2, 7) == owner_state::content);
}

ES_TEST("who asks for what is noted need not wait") {
  append_chain chain;
  ES_CHECK(chain.note_commit(2, 7) == owner_state::content);
  ES_CHECK(!chain.ask_for(1));
  ES_CHECK(!chain.ask_for(2));
  ES_CHECK(chain.ask_for(3));
}

ES_TEST("an abandoned chain stays abandoned, whatever is noted in it") {
  append_chain chain;
  ES_CHECK(chain.note_commit(1, 7) == owner_state::content);
  ES_CHECK(!chain.is_abandoned());
  chain.abandon();
  ES_CHECK(chain.is_abandoned());
  ES_CHECK(chain.note_commit(2, 7) == owner_state::gone);
  ES_CHECK(chain.is_abandoned());
  ES_CHECK(chain.note_commit(3, 7) == owner_state::gone);
  ES_CHECK_EQ(chain.committed(), 3u);
}

ES_TEST("telling each changes nothing of what was noted and asked") {
  append_chain chain;
  ES_CHECK(chain.note_commit(5, 7) == owner_state::content);
  ES_CHECK(!chain.is_told_each());
  chain.tell_each();
  ES_CHECK(chain.is_told_each());
  ES_CHECK_EQ(chain.committed(), 5u);
  ES_CHECK(!chain.ask_for(5));
  ES_CHECK(chain.is_told_each());
}

ES_TEST("whoever has to wait is told of the note, also if both come at once") {
  constexpr std::uint64_t count = 50'000;
  append_chain chain;
  std::atomic<std::uint64_t> told = 0;
  std::atomic<std::uint64_t> seen = 0;
  std::thread writer{[&] {
    for (std::uint64_t ticket = 1; ticket <= count; ++ticket) {
      while (seen.load() + 1 < ticket)
        std::this_thread::yield();
      if (chain.note_commit(ticket, 1) == owner_state::asking)
        ++told;
    }
  }};
  bool is_lost = false;
  while (seen.load() < count && !is_lost) {
    const auto before = told.load();
    if (chain.ask_for(seen.load() + 1)) {
      const auto end = std::chrono::steady_clock::now() + patience;
      while (told.load() == before && !is_lost) {
        is_lost = std::chrono::steady_clock::now() > end;
        std::this_thread::yield();
      }
    }
    seen = is_lost ? count : chain.committed();
  }
  writer.join();
  ES_CHECK(!is_lost);
}

} // namespace append_chain_test
