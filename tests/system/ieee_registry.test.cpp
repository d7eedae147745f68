#include "eventsource/tools/esctl/ieee_registry.hpp"

#include "eventsource/domain/ksuid.hpp"
#include "eventsource/tests/kit/test.hpp"
#include "eventsource/tests/system/scratch_folder.hpp"

#include <set>

namespace ieee_registry_test {

using namespace esctl;
using es::testing::registry_header;
using es::testing::scratch_folder;

namespace {

struct one_file {
  scratch_folder folder;

  es::result<registry_file> open(const std::string& content) {
    return registry_file::open(folder.write("oui.csv", content));
  }

  std::vector<registry_row> rows(const std::string& records) {
    auto file = open(std::string(registry_header) + records);
    ES_REQUIRE(file.has_value());
    std::vector<registry_row> all;
    while (auto row = file->next())
      all.push_back(std::move(*row));
    return all;
  }
};

} // namespace

ES_TEST_WITH(one_file, "a row has registry, assignment, name and address") {
  auto all = rows("MA-L,002272,\"American Micro-Fuel, Inc.\",2181 Loop\r\n");
  ES_REQUIRE_EQ(all.size(), 1u);
  ES_CHECK_EQ(all[0].malformed, "");
  ES_CHECK_EQ(all[0].line, 2u);
  ES_CHECK_EQ(all[0].registry, "MA-L");
  ES_CHECK_EQ(all[0].assignment, "002272");
  ES_CHECK_EQ(all[0].organization, "American Micro-Fuel, Inc.");
  ES_CHECK_EQ(all[0].address, "2181 Loop");
}

ES_TEST_WITH(one_file, "a name stays as it is, blanks and line breaks too") {
  auto all = rows("MA-L,002272,\" A\nB \",\r\n");
  ES_REQUIRE_EQ(all.size(), 1u);
  ES_CHECK_EQ(all[0].organization, " A\nB ");
}

ES_TEST_WITH(one_file, "each kind of malformed row says what is wrong and "
                       "leaves the others alone") {
  struct sample {
    std::string row;
    std::string why;
  };
  for (const auto& [row, why] : {
         sample{"MA-L,002272,A", "3 fields"},
         sample{"MA-L,002272,A,B,C", "5 fields"},
         sample{"MA-L,002272,A\xff,B", "UTF-8"},
         sample{std::string("MA-L,002272,A\0,B", 17), "NUL"},
         sample{"MA-L,002272,  ,B", "name is blank"},
         sample{",002272,A,B", "registry is blank"},
         sample{"MA-L,00227,A,B", "hexadecimal"},
         sample{"MA-L,00227G,A,B", "hexadecimal"},
         sample{"MA-L,002272,\"A,B", "closing quote"},
       }) {
    auto all = rows("MA-L,000001,X,Y\r\n" + row + "\r\nMA-L,000002,X,Y\r\n");
    ES_REQUIRE_EQ(all.size(), 3u);
    ES_CHECK_EQ(all[0].malformed, "");
    ES_CHECK_EQ(all[1].line, 3u);
    ES_CHECK(all[1].malformed.find(why) != std::string::npos);
    ES_CHECK_EQ(all[2].malformed, "");
    ES_CHECK_EQ(all[2].assignment, "000002");
  }
}

ES_TEST_WITH(one_file, "a file with another first line is refused by name") {
  for (const auto& content :
       {std::string{}, std::string{"a,b\n1,2\n"},
        std::string{"Registry,Assignment,Organization Name\r\n"}}) {
    auto file = open(content);
    ES_REQUIRE(!file.has_value());
    ES_CHECK(file.error().code == es::errc::invalid);
    ES_CHECK(file.error().message.find("oui.csv:1") != std::string::npos);
  }
}

ES_TEST_WITH(one_file, "a byte order mark before the header is no harm") {
  auto file =
    open("\xef\xbb\xbf" + std::string(registry_header) + "MA-L,002272,A,B\r\n");
  ES_REQUIRE(file.has_value());
  ES_CHECK(file->next().has_value());
}

ES_TEST_WITH(one_file, "a missing file and a folder can't be read") {
  for (const auto& path :
       {folder.path() / "missing.csv", folder.path() / "."}) {
    auto file = registry_file::open(path);
    ES_REQUIRE(!file.has_value());
    ES_CHECK(file.error().code == es::errc::not_found);
    ES_CHECK(file.error().message.find(path.string()) != std::string::npos);
  }
}

ES_TEST("the country is the code before the postal code at the end") {
  struct sample {
    std::string_view address;
    std::string_view country;
  };
  for (const auto& [address, country] : {
         sample{"2181 Buchanan Loop Ferndale WA US 98248 ", "US"},
         sample{"Fuhlsbuttler Allee 45 Hamburg DE 22309 ", "DE"},
         // A state, a country and the letters of a postal code may all look
         // like a country.
         sample{"1 Infinite Loop Cupertino CA US 95014 ", "US"},
         sample{"High Tech Campus 27 Eindhoven NB NL 5656 AE ", "NL"},
         sample{"Cowley Road Cambridge  GB CB4 0DS ", "GB"},
         sample{"Sandyford Dublin  IE  ", "IE"},
         sample{"No. 5, PA 12 Street, Hong Kong   HK   ", "HK"},
         sample{"Suite 5\nLondon, GB", "GB"},
         sample{"WERNER-VON-SIEMENS STRASSE 13    GERMANY ", ""},
         sample{"4-21 minami naruse us     ", ""},
         sample{"", ""},
       })
    ES_CHECK_EQ(country_of(address), country);
}

ES_TEST("an organization's id follows from its exact name") {
  ES_CHECK_EQ(organization_id("Cisco Systems, Inc"),
              organization_id("Cisco Systems, Inc"));
  std::set<std::string> ids;
  for (auto name : {"A", "a", "A ", " A", "A\n", ""})
    ids.insert(organization_id(name));
  ES_CHECK_EQ(ids.size(), 6u);
  for (const auto& id : ids)
    ES_CHECK(es::parse_id("org_", id).has_value());
  // Ids of imported organizations must never change.
  ES_CHECK_EQ(organization_id("Raspberry Pi Trading Ltd"),
              "org_000000n04t2cbwrMMmv1Cr2H4IT");
}

} // namespace ieee_registry_test
