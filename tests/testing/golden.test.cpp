#include "eventsource/examples/parcel.hpp"
#include "eventsource/testing/golden/golden_events.hpp"
#include "eventsource/tests/kit/test.hpp"

#include <cstdlib>
#include <fstream>
#include <iterator>

namespace golden_test {

using namespace es::testing;
using namespace post;

namespace {

namespace fs = std::filesystem;

/// A folder of the test's own, and the wish to write there.
struct golden_world {
  golden_world() {
    ::unsetenv("ES_WRITE_GOLDEN");
    std::string pattern =
      (fs::temp_directory_path() / "golden_XXXXXX").string();
    ES_REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    folder = pattern;
  }

  ~golden_world() {
    ::unsetenv("ES_WRITE_GOLDEN");
    std::error_code ignored;
    fs::remove_all(folder, ignored);
  }

  fs::path folder;

  golden_events<parcel> present() const {
    golden_events<parcel> all{folder};
    all.sample(parcel_accepted{"Main Street 1", 500})
      .sample(parcel_moved{"Brussels"})
      .sample(parcel_delivered{})
      .stored_sample("parcel_accepted", 1,
                     R"({"address":"Main Street 1","kilograms":2})");
    return all;
  }

  /// As the first run does.
  golden_report write(const golden_events<parcel>& files) const {
    ::setenv("ES_WRITE_GOLDEN", "1", 1);
    auto report = files.check();
    ::unsetenv("ES_WRITE_GOLDEN");
    return report;
  }

  void put(const std::string& name, const std::string& text) const {
    std::ofstream{folder / name} << text;
  }

  std::string text(const std::string& name) const {
    std::ifstream in{folder / name};
    return {std::istreambuf_iterator<char>{in}, {}};
  }

  /// The report of a check that must not hold.
  static std::string report_of(const golden_events<parcel>& files) {
    auto report = failure_of([&] { (void)files.check(); });
    ES_REQUIRE(report);
    return *report;
  }
};

bool contains(const std::string& text, std::string_view part) {
  if (text.find(part) != std::string::npos)
    return true;
  ES_MESSAGE(text);
  return false;
}

/// The parcel of a program that forgot an event type, and changed another one.
struct renamed_moved {
  static constexpr std::string_view event_type = "parcel_moved";
  std::string town;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(renamed_moved, town)

struct moved_only {
  static constexpr std::string_view aggregate_type = "parcel";
  static constexpr std::string_view id_prefix = "par_";
  using commands = es::type_list<>;
  using events = es::type_list<renamed_moved>;
  std::string place;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(moved_only, place)

moved_only apply(moved_only p, const renamed_moved& e) {
  p.place = e.town;
  return p;
}

} // namespace

ES_TEST_WITH(golden_world, "a file that is missing is named, and not written") {
  auto report = report_of(present());
  ES_CHECK(contains(report, "parcel_moved.v1.json is missing"));
  ES_CHECK(contains(report, "ES_WRITE_GOLDEN=1"));
  ES_CHECK(contains(report, "golden.test.cpp:"));
  ES_CHECK(fs::is_empty(folder));
}

ES_TEST_WITH(golden_world, "the first run writes the files, later ones check "
                           "them") {
  auto written = write(present());
  ES_CHECK_EQ(written.written.size(), 4u);
  ES_CHECK_EQ(text("parcel_moved.v1.json"),
              "{\n  \"place\": \"Brussels\"\n}\n");
  auto checked = present().check();
  ES_CHECK_EQ(checked.checked.size(), 4u);
  ES_CHECK(checked.written.empty());
}

ES_TEST_WITH(golden_world,
             "a changed form without a new schema version fails") {
  write(present());
  put("parcel_moved.v1.json", R"({"town": "Brussels"})");
  auto report = report_of(present());
  ES_CHECK(contains(report, "the stored form of parcel_moved changed without a "
                            "new schema version"));
  ES_CHECK(contains(report, "-   \"town\": \"Brussels\""));
  ES_CHECK(contains(report, "+   \"place\": \"Brussels\""));
  ES_CHECK(contains(report, "schema_version = 2"));
}

ES_TEST_WITH(golden_world, "a file that is there is never overwritten") {
  write(present());
  put("parcel_moved.v1.json", R"({"town": "Brussels"})");
  ES_CHECK(failure_of([&] { (void)write(present()); }));
  ES_CHECK_EQ(text("parcel_moved.v1.json"), R"({"town": "Brussels"})");
}

ES_TEST_WITH(golden_world, "every old sample is upcast and read") {
  write(present());
  put("parcel_accepted.v1.no_weight.json", R"({"address": "Main Street 1"})");
  auto report = report_of(present());
  ES_CHECK(contains(report, "parcel_accepted.v1.no_weight.json can't be read"));
}

ES_TEST_WITH(golden_world, "a version that was stored once needs a sample") {
  write(present());
  fs::remove(folder / "parcel_accepted.v1.json");
  golden_events<parcel> files{folder};
  files.sample(parcel_accepted{"Main Street 1", 500})
    .sample(parcel_moved{"Brussels"})
    .sample(parcel_delivered{});
  ES_CHECK(contains(report_of(files), "parcel_accepted.v1.json is missing: "
                                      "events of version 1 may be stored"));
}

ES_TEST_WITH(golden_world, "an event type without a sample is named") {
  golden_events<parcel> files{folder};
  files.sample(parcel_moved{"Brussels"});
  auto report = report_of(files);
  ES_CHECK(contains(report, "event type parcel_delivered has no sample"));
}

ES_TEST_WITH(golden_world, "events that are no longer known are named") {
  write(present());
  golden_events<moved_only> files{folder};
  files.sample(renamed_moved{"Brussels"});
  auto report = failure_of([&] { (void)files.check(); });
  ES_REQUIRE(report);
  ES_CHECK(contains(*report,
                    "parcel_delivered.v1.json: events of this type can "
                    "no longer be read"));
  ES_CHECK(contains(*report, "parcel_moved.v1.json can't be read"));
}

ES_TEST_WITH(golden_world, "a version that was taken back is named") {
  write(present());
  put("parcel_moved.v2.json", R"({"place": "Brussels"})");
  ES_CHECK(
    contains(report_of(present()), "parcel_moved.v2.json can't be read"));
}

ES_TEST_WITH(golden_world,
             "samples of one type are told apart by their names") {
  auto files = present();
  files.sample(parcel_moved{"Ghent"}, "second");
  write(files);
  ES_CHECK(contains(text("parcel_moved.v1.second.json"), "Ghent"));
  ES_CHECK(failure_of([&] { files.sample(parcel_moved{"Ghent"}, "second"); }));
  ES_CHECK(failure_of([&] { files.sample(parcel_moved{"Ghent"}, "Über"); }));
  ES_CHECK(failure_of([&] { files.sample(parcel_moved{"Ghent"}, "v2"); }));
}

ES_TEST_WITH(golden_world, "a file that is no golden file is named") {
  write(present());
  put("notes.txt", "?");
  ES_CHECK(contains(report_of(present()), "notes.txt is no golden file"));
}

ES_TEST("names of golden files read back") {
  using es::testing::detail::golden_name;
  using es::testing::detail::parse_golden_name;
  for (const golden_name& name :
       {golden_name{"moved", 1, ""}, golden_name{"moved", 12, "large"},
        golden_name{"parcel.moved", 3, "x_1"}})
    ES_CHECK(parse_golden_name(format_golden_name(name)) == name);
  for (auto wrong : {"moved.json", "moved.v0.json", "moved.v1.txt", ".v1.json",
                     "moved.vx.json", "moved.v1.a.b.json"})
    ES_CHECK(!parse_golden_name(wrong));
}

} // namespace golden_test
