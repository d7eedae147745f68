#pragma once

/// The only file that knows which CAF is underneath: 0.17.6 (the baseline) or
/// 1.x. Everything else in this project is written against the names below.

#include "eventsource/domain/cbor.hpp"

#include <caf/all.hpp>

// CAF 1.1.0 defines CAF_VERSION as an octal number by a slip of its build, so
// only the major number can be compared.
#if CAF_MAJOR_VERSION >= 1
#define ES_CAF_MODERN 1
#else
#define ES_CAF_MODERN 0
#endif

#include <nlohmann/json.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <type_traits>
#include <unordered_map>
#include <utility>

namespace es::actors::compat {

// -- typed interfaces ---------------------------------------------------------

/// A clause of a typed interface in CAF 1.x notation:
/// `signature<caf::result<int>(std::string)>`.
#if ES_CAF_MODERN
template <class F>
using signature = F;
#else
template <class F>
struct signature_for;

template <class... Rs, class... As>
struct signature_for<caf::result<Rs...>(As...)> {
  using type =
    typename caf::replies_to<std::decay_t<As>...>::template with<Rs...>;
};

template <class F>
using signature = typename signature_for<F>::type;
#endif

// -- inspection ---------------------------------------------------------------

#if ES_CAF_MODERN

template <class Inspector, class T>
bool inspect_json(Inspector& f, T& x) {
  auto get = [&x] { return to_cbor(x); };
  auto set = [&x](const std::string& bytes) { return from_cbor(bytes, x); };
  return f.object(x).fields(f.field("cbor", get, set));
}

template <class Inspector, class E>
bool inspect_enum(Inspector& f, E& x) {
  using number = std::underlying_type_t<E>;
  auto get = [&x] { return static_cast<number>(x); };
  auto set = [&x](number n) {
    x = static_cast<E>(n);
    return true;
  };
  return f.apply(get, set);
}

#else

template <class Inspector, class T>
typename Inspector::result_type inspect_json(Inspector& f, T& x) {
  if constexpr (std::is_same_v<typename Inspector::result_type, void>) {
    auto bytes = to_cbor(x); // for printing only
    f(bytes);
  } else if constexpr (Inspector::reads_state) {
    auto bytes = to_cbor(x);
    return f(bytes);
  } else {
    std::string bytes;
    if (auto err = f(bytes))
      return err;
    if (!from_cbor(bytes, x))
      return caf::make_error(caf::sec::unexpected_message,
                             std::string{"malformed CBOR"});
    return caf::none;
  }
}

#endif

// -- set-up -------------------------------------------------------------------

/// CAF 1.x wants all types made known before the first config exists; 0.17 in
/// the config's constructor (`add_types`). Call both.
template <class... Blocks>
void init_types() {
#if ES_CAF_MODERN
  (caf::init_global_meta_objects<Blocks>(), ...);
  caf::core::init_global_meta_objects();
#endif
}

template <class... Blocks>
void add_types([[maybe_unused]] caf::actor_system_config& config) {
#if !ES_CAF_MODERN
  (config.add_message_types<Blocks>(), ...);
#endif
}

inline std::string key(const std::string& name) {
#if ES_CAF_MODERN
  return "caf." + name;
#else
  return name;
#endif
}

template <class T>
void set_option(caf::actor_system_config& config, const std::string& name,
                T value) {
  config.set(key(name), std::move(value));
}

/// For options that are atoms in 0.17 and strings in 1.x.
inline void set_symbol(caf::actor_system_config& config,
                       const std::string& name, const std::string& value) {
#if ES_CAF_MODERN
  config.set(key(name), value);
#else
  config.set(key(name), caf::atom_from_string(value));
#endif
}

// -- errors -------------------------------------------------------------------

inline std::string render([[maybe_unused]] const caf::actor_system& system,
                          const caf::error& e) {
#if ES_CAF_MODERN
  return to_string(e);
#else
  return system.render(e);
#endif
}

/// Lets `render` print names instead of numbers (0.17 only; its own
/// `add_error_category<T>` does not compile).
template <class E>
void add_error_names([[maybe_unused]] caf::actor_system_config& config,
                     [[maybe_unused]] const std::string& category) {
#if !ES_CAF_MODERN
  config.add_error_category(
    caf::atom_from_string(category),
    [category](uint8_t code, caf::atom_value, const caf::message& context) {
      auto text =
        category + ": " + std::string(to_string(static_cast<E>(code)));
      if (!context.empty())
        text += " " + caf::deep_to_string(context);
      return text;
    });
#endif
}

template <class E>
bool has_category_of(const caf::error& e, E any_code) {
  return e && e.category() == caf::make_error(any_code).category();
}

// -- sending ------------------------------------------------------------------

template <class Self, class Dest, class... Ts>
void tell(Self&& self, const Dest& dest, Ts&&... xs) {
#if ES_CAF_MODERN
  self->mail(std::forward<Ts>(xs)...).send(dest);
#else
  self->send(dest, std::forward<Ts>(xs)...);
#endif
}

template <class Dest, class... Ts>
void tell_anonymously(const Dest& dest, Ts&&... xs) {
#if ES_CAF_MODERN
  caf::anon_mail(std::forward<Ts>(xs)...).send(dest);
#else
  caf::anon_send(dest, std::forward<Ts>(xs)...);
#endif
}

template <class Self, class Dest, class Timeout, class... Ts>
auto ask(Self&& self, const Dest& dest, Timeout timeout, Ts&&... xs) {
#if ES_CAF_MODERN
  return self->mail(std::forward<Ts>(xs)...).request(dest, timeout);
#else
  return self->request(dest, timeout, std::forward<Ts>(xs)...);
#endif
}

/// A message to oneself after `delay` of the actor clock, which is virtual in
/// tests. Cannot be cancelled (0.17 has no way): see timer.hpp.
template <class Self, class T>
void tell_self_after(Self* self, std::chrono::nanoseconds delay, T message) {
  auto me = caf::actor_cast<caf::actor>(self);
#if ES_CAF_MODERN
  // Not .delay(): with anon_mail that reads the wall clock in 1.1.
  caf::anon_mail(std::move(message))
    .schedule(self->clock().now() + delay)
    .send(me, caf::weak_ref);
#else
  caf::delayed_anon_send(me, delay, std::move(message));
#endif
}

// -- scheduling ---------------------------------------------------------------

#if ES_CAF_MODERN
using execution_context = caf::scheduler;
#else
using execution_context = caf::execution_unit;
#endif

/// CAF 0.17 tells its log who runs, ten times a command and behind a lock. This
/// takes a log that writes nothing from the calling thread; CAF knows threads
/// without one.
inline void leave_silent_log() {
#if !ES_CAF_MODERN
  const auto* log = caf::logger::current_logger();
  if (log && log->verbosity() == CAF_LOG_LEVEL_QUIET)
    caf::logger::set_current_actor_system(nullptr);
#endif
}

/// Leaves an actor, with the reference that comes with it, to the thread pool.
inline void run_later(execution_context& host, caf::resumable* job) {
#if ES_CAF_MODERN
  host.delay(job);
#else
  host.exec_later(job);
#endif
}

/// After a turn of an actor. Takes the reference that came with it.
inline void end_turn(execution_context& host, caf::resumable* job,
                     caf::resumable::resume_result result) {
  if (result == caf::resumable::resume_later)
    run_later(host, job);
  else
    intrusive_ptr_release(job);
}

/// What the thread pool runs and is no actor. Made with `new`; deletes itself
/// when it has run, or when the pool ends before.
class pool_job : public caf::resumable {
public:
#if ES_CAF_MODERN
  void ref_resumable() const noexcept final {
    ++references_;
  }

  void deref_resumable() const noexcept final {
    if (--references_ == 0)
      delete this;
  }
#else
  void intrusive_ptr_add_ref_impl() final {
    ++references_;
  }

  void intrusive_ptr_release_impl() final {
    if (--references_ == 0)
      delete this;
  }
#endif

private:
  mutable std::atomic<std::size_t> references_{1};
};

/// Stands between an actor and the thread that runs it: is told which actors
/// become ready to run by what this one sends.
class turn_context : public execution_context {
public:
#if ES_CAF_MODERN
  explicit turn_context(execution_context& host) : host_(host) {
    // nop
  }

  void schedule(caf::resumable* what) override {
    host_.schedule(what);
  }

  void delay(caf::resumable* what) override {
    on_ready(what);
  }

  void start() override {
    // The host has begun.
  }

  void stop() override {
    // The host ends by itself.
  }
#else
  explicit turn_context(execution_context& host)
    : execution_context(host), host_(host) {
    // nop
  }

  void exec_later(caf::resumable* what) override {
    on_ready(what);
  }
#endif

protected:
  /// `what` comes with a reference.
  virtual void on_ready(caf::resumable* what) = 0;

  execution_context& host_;
};

// -- mailboxes ----------------------------------------------------------------

#if ES_CAF_MODERN
using message_content = caf::message;
using enqueue_result = bool;
#else
using message_content = caf::type_erased_tuple;
using enqueue_result = void;
#endif

/// An actor that may refuse a message before it waits in the mailbox, which has
/// no bound of its own.
template <class Base>
class guarded_actor : public Base {
public:
  using Base::Base;
  using Base::enqueue;

  enqueue_result enqueue(caf::mailbox_element_ptr what,
                         execution_context* host) override {
    auto why = refusal(what->content());
    if (!why)
      return Base::enqueue(std::move(what), host);
#if ES_CAF_MODERN
    if (what->sender)
      what->sender->enqueue(caf::make_mailbox_element(
                              nullptr, what->mid.response_id(), std::move(why)),
                            host);
    return true;
#else
    if (what->sender)
      what->sender->enqueue(caf::make_mailbox_element(nullptr,
                                                      what->mid.response_id(),
                                                      {}, std::move(why)),
                            host);
#endif
  }

protected:
  /// Runs in the sender's thread: it must be thread-safe.
  virtual caf::error refusal(const message_content& what) = 0;
};

/// Instead of CAF's default, which prints: `f` sees a message that no handler
/// takes, its sender gets an error.
template <class Self, class F>
void handle_unexpected(Self* self, F f) {
#if ES_CAF_MODERN
  self->set_default_handler(
    [f](caf::scheduled_actor*, caf::message& what) -> caf::skippable_result {
      f(what);
      return caf::make_error(caf::sec::unexpected_message);
    });
#else
  self->set_default_handler(
    [f](caf::scheduled_actor*,
        caf::message_view& what) -> caf::result<caf::message> {
      f(what.content());
      return caf::make_error(caf::sec::unexpected_message);
    });
#endif
}

// -- supervision --------------------------------------------------------------

/// Calls back once when a watched actor is gone. One per actor, as a member.
class down_watch {
public:
  using callback = std::function<void(const caf::error&)>;

#if ES_CAF_MODERN
  explicit down_watch(caf::scheduled_actor* self) : self_(self) {
    // nop
  }

  void watch(const caf::actor& other, callback done) {
    self_->monitor(other, [done = std::move(done)](const caf::error& reason) {
      done(reason);
    });
  }

private:
  caf::scheduled_actor* self_;
#else
  explicit down_watch(caf::event_based_actor* self) : self_(self) {
    self->set_down_handler([this](caf::down_msg& down) {
      auto i = callbacks_.find(down.source);
      if (i == callbacks_.end())
        return;
      auto done = std::move(i->second);
      callbacks_.erase(i);
      done(down.reason);
    });
  }

  void watch(const caf::actor& other, callback done) {
    self_->monitor(other);
    callbacks_.emplace(other.address(), std::move(done));
  }

private:
  caf::event_based_actor* self_;
  std::unordered_map<caf::actor_addr, callback> callbacks_;
#endif
};

} // namespace es::actors::compat

// -- macros -------------------------------------------------------------------

#define ES_PP_PARENS ()
#define ES_PP_EXPAND(...) ES_PP_E2(ES_PP_E2(ES_PP_E2(__VA_ARGS__)))
#define ES_PP_E2(...) ES_PP_E1(ES_PP_E1(ES_PP_E1(__VA_ARGS__)))
#define ES_PP_E1(...) __VA_ARGS__
#define ES_PP_EACH(m, ...) \
  __VA_OPT__(ES_PP_EXPAND(ES_PP_EACH_NEXT(m, __VA_ARGS__)))
#define ES_PP_EACH_NEXT(m, a, ...) \
  m(a) __VA_OPT__(, ES_PP_EACH_AGAIN ES_PP_PARENS(m, __VA_ARGS__))
#define ES_PP_EACH_AGAIN() ES_PP_EACH_NEXT

/// ES_INSPECT(Type, members...): at namespace scope beside a message type.
/// ES_INSPECT_JSON(Type): the same, derived from the type's own JSON conversion
///   (nlohmann's macros), so that nothing is defined twice. An empty struct
///   needs no conversion.
/// ES_INSPECT_ENUM(Type): for an enum based on std::uint8_t.
/// ES_ERROR_ENUM(Type, "category"): at global scope.
#if ES_CAF_MODERN
#define ES_PP_FIELD(name) f.field(#name, x.name)
#define ES_INSPECT(Type, ...) \
  template <class Inspector> \
  bool inspect(Inspector& f, [[maybe_unused]] std::type_identity_t<Type>& x) { \
    return f.object(x).fields(ES_PP_EACH(ES_PP_FIELD, __VA_ARGS__)); \
  }
#define ES_INSPECT_JSON(Type) \
  template <class Inspector> \
  bool inspect(Inspector& f, [[maybe_unused]] std::type_identity_t<Type>& x) { \
    return ::es::actors::compat::inspect_json(f, x); \
  }
#define ES_INSPECT_ENUM(Type) \
  template <class Inspector> \
  bool inspect(Inspector& f, [[maybe_unused]] std::type_identity_t<Type>& x) { \
    return ::es::actors::compat::inspect_enum(f, x); \
  }
#define ES_ERROR_ENUM(Type, category) CAF_ERROR_CODE_ENUM(Type)
#else
#define ES_PP_FIELD(name) x.name
#define ES_INSPECT(Type, ...) \
  template <class Inspector> \
  typename Inspector::result_type inspect( \
    Inspector& f, [[maybe_unused]] std::type_identity_t<Type>& x) { \
    return f(caf::meta::type_name(#Type) \
               __VA_OPT__(, ES_PP_EACH(ES_PP_FIELD, __VA_ARGS__))); \
  }
#define ES_INSPECT_JSON(Type) \
  template <class Inspector> \
  typename Inspector::result_type inspect( \
    Inspector& f, [[maybe_unused]] std::type_identity_t<Type>& x) { \
    return ::es::actors::compat::inspect_json(f, x); \
  }
#define ES_INSPECT_ENUM(Type) static_assert(std::is_enum_v<Type>)
#define ES_ERROR_ENUM(Type, category) CAF_ERROR_CODE_ENUM(Type, category)
#endif
