-- find_schemas: which schemas exist.
-- Run by: migrator. Asked first because CREATE SCHEMA IF NOT EXISTS needs a
-- privilege even where there is nothing to create.
-- $1 names text[].
-- Rows: name.
SELECT n.nspname
FROM pg_catalog.pg_namespace AS n
WHERE n.nspname = ANY (CAST($1 AS TEXT[]))
