-- upsert_snapshots: stores the snapshots of a batch; one of the same version is
-- replaced.
-- Run by: batch_writer, once a transaction that has snapshots.
-- $1 aggregate ids text[], $2 aggregate types text[], $3 versions bigint[],
-- $4 taken_at timestamptz[], $5 data text[] (JSON), $6 state versions integer[].
-- Rows: none.
INSERT INTO {snapshots} (
  aggregate_id,
  aggregate_type,
  aggregate_version,
  taken_at,
  registered_at,
  data,
  state_version
)
SELECT
  n.aggregate_id,
  n.aggregate_type,
  n.aggregate_version,
  n.taken_at,
  now(),
  CAST(n.data AS JSONB),
  n.state_version
FROM unnest(
  CAST($1 AS TEXT[]),
  CAST($2 AS TEXT[]),
  CAST($3 AS BIGINT[]),
  CAST($4 AS TIMESTAMPTZ[]),
  CAST($5 AS TEXT[]),
  CAST($6 AS INTEGER[])
) AS n (
  aggregate_id,
  aggregate_type,
  aggregate_version,
  taken_at,
  data,
  state_version
)
ON CONFLICT (aggregate_id, aggregate_version) DO UPDATE SET
  aggregate_type = EXCLUDED.aggregate_type,
  taken_at = EXCLUDED.taken_at,
  registered_at = EXCLUDED.registered_at,
  data = EXCLUDED.data,
  state_version = EXCLUDED.state_version
