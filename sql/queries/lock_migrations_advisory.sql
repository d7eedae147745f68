-- lock_migrations_advisory: lets one node at a time migrate. PostgreSQL only.
-- Run by: migrator, first in each of its transactions; held until their end.
-- $1 the migrations table's name with its schema text.
-- Rows: one, of no meaning.
SELECT pg_advisory_xact_lock(hashtext(CAST($1 AS TEXT)))
