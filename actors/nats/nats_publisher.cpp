#include "eventsource/actors/nats/nats_publisher.hpp"

#include "eventsource/actors/nats/acknowledgement.hpp"
#include "eventsource/domain/event_template.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <map>
#include <nats/nats.h>
#include <optional>
#include <string_view>
#include <utility>

namespace es::actors {

namespace {

using steady = std::chrono::steady_clock;

/// Owns what the C library gives.
template <class T, void (*Destroy)(T*)>
struct destroyer {
  void operator()(T* x) const noexcept {
    Destroy(x);
  }
};

template <class T, void (*Destroy)(T*)>
using owned = std::unique_ptr<T, destroyer<T, Destroy>>;

using connection_ptr = owned<natsConnection, natsConnection_Destroy>;
using subscription_ptr = owned<natsSubscription, natsSubscription_Destroy>;
using options_ptr = owned<natsOptions, natsOptions_Destroy>;
using message_ptr = owned<natsMsg, natsMsg_Destroy>;
using jetstream_ptr = owned<jsCtx, jsCtx_Destroy>;

error away(std::string_view what, natsStatus status) {
  return {errc::unavailable,
          "NATS: " + std::string(what) + ": " + natsStatus_GetText(status)};
}

} // namespace

/// The connection. Answers are asked for, so that no thread of the C library
/// ever calls back.
class nats_publisher::link {
public:
  link(nats_options options, event_template subject)
    : options_(std::move(options)), subject_(std::move(subject)) {
    // nop
  }

  ~link() {
    close();
  }

  std::vector<result<void>> publish(std::span<const outgoing_event> events);

private:
  struct answer {
    std::size_t number = 0;
    result<void> outcome;
  };

  /// A message that is not acknowledged.
  struct sent {
    std::size_t place = 0;
    steady::time_point deadline;
  };

  // -- the connection ---------------------------------------------------------

  result<void> connect();
  result<void> make_stream();
  void close();
  result<void> send(const outgoing_event& event, std::size_t number);

  /// The next answer; an error if there is none until `deadline` or the
  /// connection is lost.
  result<answer> wait(steady::time_point deadline);

  const nats_options options_;
  const event_template subject_;
  connection_ptr connection_;
  subscription_ptr inbox_;
  std::string reply_to_;
  /// Never used twice, so that a late answer is nobody's.
  std::size_t next_number_ = 0;
};

// -- the publisher ------------------------------------------------------------

result<std::unique_ptr<publisher>> nats_publisher::make(nats_options options) {
  auto subject = event_template::parse(options.subject, "the NATS subject");
  if (!subject)
    return tl::unexpected(subject.error());
  const auto fixed = subject->fixed_text();
  if (subject->empty() || fixed.find_first_of(" \t\r\n*>") != std::string::npos
      || options.subject.starts_with('.') || options.subject.ends_with('.')
      || options.subject.find("..") != std::string::npos)
    return fail(errc::invalid, "the NATS subject \"" + options.subject
                                 + "\" has empty tokens, blanks or wildcards");
  if (options.in_flight_max == 0 || options.ack_timeout.count() <= 0
      || options.connect_timeout.count() <= 0)
    return fail(errc::invalid, "the limits and times of NATS must be above 0");
  return std::unique_ptr<publisher>(new nats_publisher(
    std::make_unique<link>(std::move(options), std::move(*subject))));
}

nats_publisher::nats_publisher(std::unique_ptr<link> content)
  : link_(std::move(content)) {
  // nop
}

nats_publisher::~nats_publisher() = default;

std::vector<result<void>>
nats_publisher::publish(std::span<const outgoing_event> events) {
  return link_->publish(events);
}

// -- the connection -----------------------------------------------------------

result<void> nats_publisher::link::connect() {
  if (connection_
      && natsConnection_Status(connection_.get()) == NATS_CONN_STATUS_CONNECTED)
    return {};
  close();
  natsOptions* raw_options = nullptr;
  auto status = natsOptions_Create(&raw_options);
  const options_ptr options{raw_options};
  const char* servers[] = {options_.url.c_str()};
  const auto patience = options_.connect_timeout.count();
  // What a connection that comes back by itself sends then, nobody waits for:
  // a new one is made by the next batch.
  if (status != NATS_OK
      || (status = natsOptions_SetServers(raw_options, servers, 1)) != NATS_OK
      || (status = natsOptions_SetTimeout(raw_options, patience)) != NATS_OK
      || (status = natsOptions_SetAllowReconnect(raw_options, false)) != NATS_OK
      || (status = natsOptions_SetName(raw_options, "eventsource")) != NATS_OK
      || (status = natsOptions_SetSendAsap(raw_options, true)) != NATS_OK)
    return tl::unexpected(away("the options", status));
  natsConnection* raw_connection = nullptr;
  status = natsConnection_Connect(&raw_connection, raw_options);
  if (status != NATS_OK)
    return tl::unexpected(away("connecting to " + options_.url, status));
  connection_.reset(raw_connection);
  natsInbox* inbox = nullptr;
  status = natsInbox_Create(&inbox);
  if (status != NATS_OK)
    return tl::unexpected(away("an inbox", status));
  reply_to_ = std::string(inbox) + ".";
  natsInbox_Destroy(inbox);
  natsSubscription* raw_inbox = nullptr;
  status = natsConnection_SubscribeSync(&raw_inbox, raw_connection,
                                        (reply_to_ + "*").c_str());
  inbox_.reset(raw_inbox);
  if (status != NATS_OK)
    return tl::unexpected(away("an inbox", status));
  return make_stream();
}

result<void> nats_publisher::link::make_stream() {
  if (options_.stream.empty())
    return {};
  jsCtx* raw = nullptr;
  auto status = natsConnection_JetStream(&raw, connection_.get(), nullptr);
  const jetstream_ptr jetstream{raw};
  if (status != NATS_OK)
    return tl::unexpected(away("JetStream", status));
  jsErrCode code{};
  jsStreamInfo* info = nullptr;
  status =
    js_GetStreamInfo(&info, raw, options_.stream.c_str(), nullptr, &code);
  jsStreamInfo_Destroy(info);
  if (status == NATS_OK)
    return {};
  // All that the template can give: its own text, with any token for values.
  std::string pattern;
  for (std::size_t i = 0; i < options_.subject.size();) {
    const auto end =
      std::min(options_.subject.find('.', i), options_.subject.size());
    const auto token = std::string_view(options_.subject).substr(i, end - i);
    pattern += pattern.empty() ? "" : ".";
    pattern += token.find('{') == std::string_view::npos ? token : "*";
    i = end + 1;
  }
  jsStreamConfig wanted;
  jsStreamConfig_Init(&wanted);
  const char* subjects[] = {pattern.c_str()};
  wanted.Name = options_.stream.c_str();
  wanted.Subjects = subjects;
  wanted.SubjectsLen = 1;
  wanted.Storage = js_FileStorage;
  wanted.Duplicates =
    std::chrono::nanoseconds(options_.duplicate_window).count();
  status = js_AddStream(nullptr, raw, &wanted, nullptr, &code);
  if (status != NATS_OK)
    return tl::unexpected(away("the stream " + options_.stream, status));
  return {};
}

void nats_publisher::link::close() {
  inbox_.reset();
  connection_.reset();
}

result<void> nats_publisher::link::send(const outgoing_event& event,
                                        std::size_t number) {
  std::string subject;
  subject_.fill(subject, event.event, nats::append_token);
  const auto reply = reply_to_ + std::to_string(number);
  natsMsg* raw = nullptr;
  auto status = natsMsg_Create(&raw, subject.c_str(), reply.c_str(),
                               event.cloud_event.data(),
                               static_cast<int>(event.cloud_event.size()));
  const message_ptr message{raw};
  if (status == NATS_OK)
    status = natsMsgHeader_Set(raw, "Nats-Msg-Id", event.event.id.c_str());
  if (status == NATS_OK)
    status =
      natsMsgHeader_Set(raw, "Content-Type", "application/cloudevents+json");
  if (status == NATS_OK)
    status = natsConnection_PublishMsg(connection_.get(), raw);
  if (status == NATS_OK)
    return {};
  if (status == NATS_MAX_PAYLOAD || status == NATS_INVALID_SUBJECT
      || status == NATS_INVALID_ARG)
    return fail(errc::invalid, std::string{"NATS refuses the message: "}
                                 + natsStatus_GetText(status));
  return tl::unexpected(away("sending", status));
}

// -- a batch ------------------------------------------------------------------

result<nats_publisher::link::answer>
nats_publisher::link::wait(steady::time_point deadline) {
  using std::chrono::milliseconds;
  const auto left =
    std::chrono::duration_cast<milliseconds>(deadline - steady::now());
  natsMsg* raw = nullptr;
  const auto status = natsSubscription_NextMsg(
    &raw, inbox_.get(), std::max<std::int64_t>(left.count(), 1));
  const message_ptr message{raw};
  if (status == NATS_NO_RESPONDERS)
    return fail(errc::unavailable, "NATS: no stream takes the subject, or "
                                   "JetStream is not ready");
  if (status != NATS_OK)
    return tl::unexpected(away("waiting for an acknowledgement", status));
  const std::string_view subject = natsMsg_GetSubject(raw);
  const auto digits = subject.substr(subject.rfind('.') + 1);
  answer got;
  std::from_chars(digits.data(), digits.data() + digits.size(), got.number);
  got.outcome = nats::read_acknowledgement(
    {natsMsg_GetData(raw),
     static_cast<std::size_t>(natsMsg_GetDataLength(raw))});
  return got;
}

std::vector<result<void>>
nats_publisher::link::publish(std::span<const outgoing_event> events) {
  std::vector<result<void>> outcomes(events.size(), tl::unexpected(left_out()));
  if (auto connected = connect(); !connected)
    return {events.size(), tl::unexpected(connected.error())};
  auto same_aggregate = [&](std::size_t place) {
    return place < events.size()
           && events[place].event.aggregate_id
                == events[place - 1].event.aggregate_id;
  };
  std::map<std::size_t, sent> in_flight;
  std::optional<error> outage;
  auto give_up = [&](error why) {
    for (const auto& [number, message] : in_flight)
      outcomes[message.place] = tl::unexpected(why);
    in_flight.clear();
    outage = std::move(why);
    // Answers that still come belong to a connection that is no more.
    close();
  };
  auto start = [&](std::size_t place) {
    const auto number = next_number_++;
    auto gone = send(events[place], number);
    if (gone) {
      in_flight.emplace(number,
                        sent{place, steady::now() + options_.ack_timeout});
      return;
    }
    outcomes[place] = tl::unexpected(gone.error());
    if (gone.error().code == errc::unavailable)
      give_up(gone.error());
  };
  std::size_t next = 0;
  while (!outage && (next < events.size() || !in_flight.empty())) {
    while (!outage && next < events.size()
           && in_flight.size() < options_.in_flight_max) {
      const auto first = next++;
      while (same_aggregate(next))
        ++next;
      start(first);
    }
    if (outage || in_flight.empty())
      continue;
    // Sent in the order of their numbers: the first has the first deadline.
    auto got = wait(in_flight.begin()->second.deadline);
    if (!got) {
      give_up(got.error());
      continue;
    }
    auto waiting = in_flight.find(got->number);
    if (waiting == in_flight.end())
      continue;
    const auto place = waiting->second.place;
    in_flight.erase(waiting);
    const bool fine = got->outcome.has_value();
    outcomes[place] = std::move(got->outcome);
    if (fine && same_aggregate(place + 1))
      start(place + 1);
  }
  if (outage)
    // What was not begun waits for the same reason.
    for (auto place = next; place < events.size(); ++place)
      outcomes[place] = tl::unexpected(*outage);
  return outcomes;
}

} // namespace es::actors
