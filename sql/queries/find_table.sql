-- find_table: whether a table exists.
-- Run by: migrator.
-- $1 schema text, $2 table text.
-- Rows: one or none.
SELECT 1
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n
  ON n.oid = c.relnamespace
WHERE n.nspname = CAST($1 AS TEXT)
  AND c.relname = CAST($2 AS TEXT)
