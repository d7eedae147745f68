-- list_leases: all leases that were ever taken.
-- Run by: lease_table.
-- Rows: name, owner, epoch, when it expires (microseconds since 1970), whether
-- it has; in the order of names (bytes).
SELECT
  l.name,
  l.owner,
  l.epoch,
  CAST(EXTRACT(EPOCH FROM date_trunc('second', l.expires_at)) AS BIGINT)
    * 1000000 + CAST(EXTRACT(MICROSECONDS FROM l.expires_at) AS BIGINT)
    % 1000000,
  l.expires_at <= clock_timestamp()
FROM {schema}.leases AS l
ORDER BY l.name{byte_order}
