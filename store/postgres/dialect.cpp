#include "eventsource/store/postgres/dialect.hpp"

namespace es::store::postgres {

namespace {

// Every statement of ours is meant to run on an index, but one that is planned
// while its table is still empty would be kept as a sequential scan and get
// slower with each row. Without such plans their cost, inflated by the planner
// for what is forbidden, would start the JIT compiler. A user's own statements
// are planned as their author expects.
constexpr dialect postgresql{
  .kind = server_kind::postgresql,
  .byte_order = " COLLATE \"C\"",
  .session = "SET enable_seqscan = off; SET jit = off;",
  .own_statements = "SET LOCAL enable_seqscan = on",
  .copies_rows = true,
  .lock_migrations = "lock_migrations_advisory",
  .table_bytes = "measure_table",
};

// Its strings sort by their bytes anyway, and its advisory locks lock nothing.
constexpr dialect cockroachdb{
  .kind = server_kind::cockroachdb,
  .byte_order = "",
  .session = "",
  .own_statements = "",
  .copies_rows = false,
  .lock_migrations = "lock_migrations_row",
  .table_bytes = "",
};

} // namespace

const dialect& dialect_for(std::string_view version) noexcept {
  return dialect_of(version.find("CockroachDB") == std::string_view::npos
                      ? server_kind::postgresql
                      : server_kind::cockroachdb);
}

const dialect& dialect_of(server_kind kind) noexcept {
  return kind == server_kind::postgresql ? postgresql : cockroachdb;
}

} // namespace es::store::postgres
