-- list_leases: all leases that were ever taken.
-- Run by: lease_table.
-- Rows: name, owner, epoch, when it expires, whether it has; in the order of
-- names (bytes).
SELECT
  l.name,
  l.owner,
  l.epoch,
  l.expires_at,
  l.expires_at <= clock_timestamp()
FROM {schema}.leases AS l
ORDER BY l.name{byte_order}
