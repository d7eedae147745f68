#include "eventsource/domain/ksuid.hpp"
#include "eventsource/tests/fuzz/fuzz_target.hpp"
#include "eventsource/tools/esctl/csv_reader.hpp"
#include "eventsource/tools/esctl/ieee_registry.hpp"

using namespace esctl;

namespace {

std::string quoted(const std::vector<std::string>& fields) {
  std::string line;
  for (const auto& field : fields) {
    line += line.empty() ? "\"" : ",\"";
    for (char c : field) {
      if (c == '"')
        line += c;
      line += c;
    }
    line += '"';
  }
  return line + "\r\n";
}

void check_record(const csv_record& record) {
  if (!record.malformed.empty()) {
    ES_LAW(record.fields.empty());
    return;
  }
  ES_LAW(!record.fields.empty());
  const auto text = quoted(record.fields);
  csv_reader again{text};
  auto same = again.next();
  ES_LAW(same && same->malformed.empty() && same->fields == record.fields);
  ES_LAW(!again.next());
  for (const auto& field : record.fields) {
    ES_LAW(field.size() <= csv_reader::field_bytes_max);
    const auto country = country_of(field);
    ES_LAW(
      country.empty()
      || (country.size() == 2 && field.find(country) != std::string::npos));
    ES_LAW(es::parse_id("org_", organization_id(field)));
  }
}

} // namespace

ES_FUZZ_TARGET(text) {
  csv_reader reader{text};
  std::size_t position = 0;
  std::size_t line = 0;
  while (auto record = reader.next()) {
    ES_LAW(reader.position() > position && reader.position() <= text.size());
    ES_LAW(record->line > line);
    position = reader.position();
    line = record->line;
    check_record(*record);
  }
  ES_LAW(!reader.next());
}
