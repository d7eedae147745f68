-- find_purge: up to when published rows may have been deleted.
-- Run by: outbox_table.
-- Rows: one or none: microseconds since 1970.
SELECT
  CAST(EXTRACT(EPOCH FROM date_trunc('second', n.purged_until)) AS BIGINT)
    * 1000000 + CAST(EXTRACT(MICROSECONDS FROM n.purged_until) AS BIGINT)
    % 1000000
FROM {schema}.outbox_purges AS n
