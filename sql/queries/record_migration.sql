-- record_migration: notes that a migration was applied.
-- Run by: migrator, in the migration's own transaction.
-- $1 component text, $2 number integer, $3 name text, $4 checksum text.
-- Rows: applied_at (microseconds since 1970).
INSERT INTO {migrations} (component, number, name, checksum)
VALUES (
  CAST($1 AS TEXT),
  CAST($2 AS INTEGER),
  CAST($3 AS TEXT),
  CAST($4 AS TEXT)
)
RETURNING
  CAST(EXTRACT(EPOCH FROM date_trunc('second', applied_at)) AS BIGINT)
    * 1000000 + CAST(EXTRACT(MICROSECONDS FROM applied_at) AS BIGINT)
    % 1000000
