-- renew_lease: puts the end of a lease off, also of one that has expired while
-- nobody took it.
-- Run by: lease_table.
-- $1 name text, $2 owner text, $3 epoch bigint, $4 duration in microseconds
-- bigint.
-- Rows: one: when it expires; none if it is lost.
UPDATE {schema}.leases AS l
SET expires_at = clock_timestamp()
  + CAST($4 AS BIGINT) * INTERVAL '1 microsecond'
WHERE l.name = CAST($1 AS TEXT)
  AND l.owner = CAST($2 AS TEXT)
  AND l.epoch = CAST($3 AS BIGINT)
RETURNING
  l.expires_at
