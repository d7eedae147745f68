-- acquire_lease: takes a lease that is free, expired, or the owner's own.
-- Run by: lease_table.
-- $1 name text, $2 owner text, $3 duration in microseconds bigint.
-- Rows: one: the epoch, when it expires; none if another owner has it. Locks:
-- the row, behind transactions that hold the lease.
INSERT INTO {schema}.leases AS l (
  name,
  owner,
  epoch,
  acquired_at,
  expires_at
)
VALUES (
  CAST($1 AS TEXT),
  CAST($2 AS TEXT),
  1,
  clock_timestamp(),
  clock_timestamp() + CAST($3 AS BIGINT) * INTERVAL '1 microsecond'
)
ON CONFLICT (name) DO UPDATE SET
  owner = EXCLUDED.owner,
  epoch = l.epoch + 1,
  acquired_at = clock_timestamp(),
  expires_at = clock_timestamp()
    + CAST($3 AS BIGINT) * INTERVAL '1 microsecond'
WHERE l.expires_at <= clock_timestamp()
  OR l.owner = EXCLUDED.owner
RETURNING
  l.epoch,
  l.expires_at
