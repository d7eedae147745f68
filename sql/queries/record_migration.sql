-- record_migration: notes that a migration was applied.
-- Run by: migrator, in the migration's own transaction.
-- $1 component text, $2 number integer, $3 name text, $4 checksum text.
-- Rows: applied_at.
INSERT INTO {migrations} (component, number, name, checksum)
VALUES (
  CAST($1 AS TEXT),
  CAST($2 AS INTEGER),
  CAST($3 AS TEXT),
  CAST($4 AS TEXT)
)
RETURNING
  applied_at
