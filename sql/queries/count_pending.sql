-- count_pending: what waits in the outbox, and what is remembered.
-- Run by: table_scanner, for statistics.
-- Rows: outbox rows that wait, commands remembered.
SELECT
  (SELECT count(*) FROM {outbox} AS o WHERE o.published_at IS NULL),
  (SELECT count(*) FROM {commands} AS c)
