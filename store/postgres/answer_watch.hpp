#pragma once

#include <chrono>

namespace es::store::postgres {

/// How the answers to one statement after the other on a connection are waited
/// for. Whoever sleeps until an answer comes has to be woken, which takes a
/// core with nothing else to do 20 to 110 us, much where commits take 200. So
/// when the last answers took no longer than a limit, a watch sleeps for most
/// of the time that the answer will take and then asks for it again and again
/// (docs/decisions/0010). It stops, and sleeps, when threads have other use for
/// the core, when the answer takes twice as long as the last ones, and when
/// this program stores something else as well, or did during one of the last
/// answers: then the cores have other things to do.
///
/// How long it sleeps is learned, with all that makes sleeps longer than they
/// should be: a little more after each answer that was long asked for, much
/// less after one that came too soon.
///
/// Used by one thread at a time.
class answer_watch {
public:
  using clock = std::chrono::steady_clock;

  /// What is done about one answer, counted from when it was asked for.
  struct plan {
    /// Sleep so long, unless it comes before; then ask,
    clock::duration rest{0};
    /// until then. 0 sleeps from the beginning.
    clock::duration give_up{0};
  };

  /// How an answer came.
  struct sight {
    /// Since it was asked for.
    clock::duration took{0};
    /// Whether nothing else was stored meanwhile.
    bool alone = true;
    /// Whether it was there before the rest was over.
    bool too_soon = false;
    /// For how long it was asked for again and again.
    clock::duration polled{0};
  };

  /// While it lives, this program stores something; one for each write.
  struct work {
    work() noexcept;
    work(const work&) = delete;
    work& operator=(const work&) = delete;
    ~work();
  };

  /// `limit` is how long the last answers may have taken; 0 always sleeps.
  explicit answer_watch(std::chrono::microseconds limit);

  /// To be called when something was asked: what `take()` returns, which takes
  /// the answer from `socket` and sleeps until it is there.
  template <class Take>
  auto await(int socket, Take&& take) {
    const auto since = clock::now();
    const bool began_alone = is_alone();
    auto seen = look(socket, since);
    auto answer = take();
    seen.took = clock::now() - since;
    seen.alone = began_alone && is_alone();
    learn(seen);
    return answer;
  }

  [[nodiscard]] plan next() const noexcept;
  void learn(const sight& seen) noexcept;

private:
  [[nodiscard]] static bool is_alone() noexcept;
  [[nodiscard]] sight look(int socket, clock::time_point since) const;

  clock::duration limit_;
  /// Of the last answers, the later the more; above the limit before the first.
  clock::duration usual_;
  clock::duration rest_{0};
  /// How many answers in a row nothing was stored beside, at most as many as
  /// have to be.
  int alone_ = 0;
};

} // namespace es::store::postgres
