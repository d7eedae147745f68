-- hold_lease: whether a lease is still this owner's, and that it stays so until
-- the end of the transaction. That it has expired harms nothing as long as
-- nobody took it.
-- Run by: lease_table, in transactions that only the owner may commit.
-- $1 name text, $2 owner text, $3 epoch bigint.
-- Rows: one or none. Locks: the row's key, against a change of hands.
SELECT 1
FROM {schema}.leases AS l
WHERE l.name = CAST($1 AS TEXT)
  AND l.owner = CAST($2 AS TEXT)
  AND l.epoch = CAST($3 AS BIGINT)
FOR KEY SHARE
