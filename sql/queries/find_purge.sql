-- find_purge: up to when published rows may have been deleted.
-- Run by: outbox_table.
-- Rows: one or none: the moment.
SELECT
  n.purged_until
FROM {schema}.outbox_purges AS n
