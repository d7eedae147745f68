-- lock_migrations_row: lets one node at a time migrate, where advisory locks
-- lock nothing.
-- Run by: migrator, first in each of its transactions; held until their end.
-- $1 unused text.
-- Rows: none.
INSERT INTO {migrations} (component, number, name, checksum)
VALUES ('', 0, 'lock', CAST($1 AS TEXT))
ON CONFLICT (component, number) DO UPDATE SET checksum = EXCLUDED.checksum
