-- release_lease: lets the next owner in at once. The row stays, so that epochs
-- go on rising.
-- Run by: lease_table.
-- $1 name text, $2 owner text, $3 epoch bigint.
-- Rows: none.
UPDATE {schema}.leases AS l
SET expires_at = TIMESTAMPTZ 'epoch'
WHERE l.name = CAST($1 AS TEXT)
  AND l.owner = CAST($2 AS TEXT)
  AND l.epoch = CAST($3 AS BIGINT)
