#pragma once

#include "eventsource/domain/aggregate_type.hpp"

/// The aggregate that the example tests test: a parcel on its way.
namespace post {

// -- commands -----------------------------------------------------------------

struct accept_parcel {
  static constexpr std::string_view command_type = "accept_parcel";
  std::string address;
  int grams = 0;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(accept_parcel, address, grams)

struct move_parcel {
  static constexpr std::string_view command_type = "move_parcel";
  std::string place;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(move_parcel, place)

struct deliver_parcel {
  static constexpr std::string_view command_type = "deliver_parcel";
};

// -- events -------------------------------------------------------------------

/// Its first form had whole kilograms.
struct parcel_accepted {
  static constexpr std::string_view event_type = "parcel_accepted";
  static constexpr int schema_version = 2;
  std::string address;
  int grams = 0;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(parcel_accepted, address, grams)

struct parcel_moved {
  static constexpr std::string_view event_type = "parcel_moved";
  std::string place;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(parcel_moved, place)

struct parcel_delivered {
  static constexpr std::string_view event_type = "parcel_delivered";
};

// -- state --------------------------------------------------------------------

struct parcel {
  static constexpr std::string_view aggregate_type = "parcel";
  static constexpr std::string_view id_prefix = "par_";
  using commands = es::type_list<accept_parcel, move_parcel, deliver_parcel>;
  using events = es::type_list<parcel_accepted, parcel_moved, parcel_delivered>;
  using published = es::type_list<parcel_delivered>;

  static void upcasters(es::upcasters& steps) {
    steps.add<parcel_accepted>(1, [](nlohmann::json data) {
      data["grams"] = 1000 * data.at("kilograms").get<int>();
      data.erase("kilograms");
      return data;
    });
  }

  static es::projection_table projection() {
    return {.name = "parcels",
            .columns = {{"id"},
                        {"place"},
                        {"delivered", es::column_type::boolean},
                        {"version", es::column_type::bigint}},
            .key = {"id"}};
  }

  std::string address;
  int grams = 0;
  std::string place;
  bool delivered = false;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(parcel, address, grams, place, delivered)

inline es::decision<parcel> decide(const parcel& p, const accept_parcel& c) {
  if (!p.address.empty())
    return es::reject("accepted", "the parcel is on its way to " + p.address);
  if (c.address.empty() || c.grams <= 0)
    return es::reject("incomplete", "a parcel needs an address and a weight");
  return parcel_accepted{c.address, c.grams};
}

inline es::decision<parcel> decide(const parcel& p, const move_parcel& c) {
  if (p.address.empty())
    return es::reject("not_accepted", "nobody has brought this parcel yet");
  if (p.delivered)
    return es::reject("delivered", "the parcel is at " + p.address);
  if (c.place == p.place)
    return es::no_events;
  return parcel_moved{c.place};
}

inline es::decision<parcel> decide(const parcel& p, const deliver_parcel&) {
  if (p.address.empty())
    return es::reject("not_accepted", "nobody has brought this parcel yet");
  if (p.delivered)
    return es::no_events;
  return {parcel_moved{p.address}, parcel_delivered{}};
}

inline parcel apply(parcel p, const parcel_accepted& e) {
  p.address = e.address;
  p.grams = e.grams;
  return p;
}

inline parcel apply(parcel p, const parcel_moved& e) {
  p.place = e.place;
  return p;
}

inline parcel apply(parcel p, const parcel_delivered&) {
  p.delivered = true;
  return p;
}

inline es::row_change project(const parcel& p, const es::event_context& last) {
  return es::upsert({last.aggregate_id, p.place, p.delivered, last.version});
}

} // namespace post
