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
  /// What a loop saw.
  struct loop_result {
    double commands_per_second = 0;
    /// Medians: from BEGIN to the answer of COMMIT, and of COMMIT alone.
    double transaction_ms = 0;
    double commit_ms = 0;
  };

  explicit yardstick(const std::string& dsn);
  ~yardstick();

  /// Registers so many organizations of its own.
  void prepare(std::size_t aggregates);

  /// A loop with `connections` threads: COPY of the events, COPY of the outbox
  /// rows, one array upsert of the projection, one transaction per `batch`
  /// commands.
  [[nodiscard]] loop_result run(std::chrono::duration<double> time,
                                std::size_t connections,
                                std::size_t batch = 500);

  [[nodiscard]] double commands_per_second(std::chrono::duration<double> time,
                                           std::size_t connections,
                                           std::size_t batch = 500) {
    return run(time, connections, batch).commands_per_second;
  }

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

/// Seconds of one query that returns the latest snapshot of each aggregate and
/// the events after it. Ends the program if these are not `rows_expected` rows:
/// then both sides would not do the same.
[[nodiscard]] double read_in_bulk(const std::string& dsn,
                                  const std::vector<std::string>& ids,
                                  std::size_t rows_expected);

/// Puts all events of these aggregates into the outbox, to be published, and
/// nothing else. Ends the program if these are not `rows_expected` rows.
void fill_outbox(const std::string& dsn, const std::vector<std::string>& ids,
                 std::size_t rows_expected);

/// Takes everything out of the outbox that is to be published, in its order and
/// with what has to be published of it: per transaction one UPDATE ...
/// RETURNING of so many rows, on one connection. Gives seconds. Ends the
/// program if these are not `rows_expected` rows.
[[nodiscard]] double empty_outbox(const std::string& dsn, std::size_t batch,
                                  std::size_t rows_expected);

/// Brings the tables to the same rest before each round.
void settle_tables(const std::string& dsn);

} // namespace es_bench
