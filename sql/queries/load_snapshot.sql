-- load_snapshot: the latest snapshot of one aggregate up to a version.
-- Run by: event_reader.
-- $1 aggregate id text, $2 version bigint.
-- Rows: aggregate id, aggregate type, version, state version, taken_at, data;
-- one or none.
SELECT
  s.aggregate_id,
  s.aggregate_type,
  s.aggregate_version,
  s.state_version,
  s.taken_at,
  s.data
FROM {snapshots} AS s
WHERE s.aggregate_id = CAST($1 AS TEXT)
  AND s.aggregate_version <= CAST($2 AS BIGINT)
ORDER BY s.aggregate_version DESC
LIMIT 1
