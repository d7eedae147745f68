#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace es_bench {

/// What a programmer would write by hand for the same rows, with libpq and no
/// more: the figures of the runtime are held against it. Ends the program with
/// a message if the database refuses something.
class yardstick {
public:
  explicit yardstick(const std::string& dsn);
  ~yardstick();

  /// Registers so many organizations of its own.
  void prepare(std::size_t aggregates);

  /// Commands per second of a loop with `connections` threads: COPY of the
  /// events, COPY of the outbox rows, one array upsert of the projection, one
  /// transaction per `batch` commands.
  [[nodiscard]] double commands_per_second(std::chrono::duration<double> time,
                                           std::size_t connections,
                                           std::size_t batch = 500);

  /// Milliseconds of the median of single commands: one prepared statement that
  /// writes the same three rows.
  [[nodiscard]] double median_ms(std::chrono::duration<double> time);

private:
  struct aggregate {
    std::string id;
    std::int64_t version = 0;
  };

  struct worker;

  std::string dsn_;
  std::vector<aggregate> aggregates_;
};

/// Brings the tables to the same rest before each round.
void settle_tables(const std::string& dsn);

} // namespace es_bench
