-- scan_snapshots: a page of all snapshots.
-- Run by: table_scanner.
-- $1 aggregate id text and $2 version bigint to begin after, $3 snapshots at
-- most bigint.
-- Rows: aggregate id, aggregate type, version, state version, taken_at, data;
-- in the order of aggregate id (bytes) and version.
SELECT
  s.aggregate_id,
  s.aggregate_type,
  s.aggregate_version,
  s.state_version,
  s.taken_at,
  s.data
FROM {snapshots} AS s
WHERE (s.aggregate_id{byte_order}, s.aggregate_version)
  > (CAST($1 AS TEXT), CAST($2 AS BIGINT))
ORDER BY
  s.aggregate_id{byte_order},
  s.aggregate_version
LIMIT CAST($3 AS BIGINT)
