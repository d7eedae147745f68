-- recover_snapshots: the latest usable snapshot of many aggregates.
-- Run by: event_reader, to recover aggregates in bulk.
-- $1 aggregate ids text[], $2 state versions that are of use integer[].
-- Rows: aggregate id, aggregate type, version, state version, taken_at
-- (microseconds since 1970), data, place of the aggregate from 1.
SELECT
  s.aggregate_id,
  s.aggregate_type,
  s.aggregate_version,
  s.state_version,
  CAST(EXTRACT(EPOCH FROM date_trunc('second', s.taken_at)) AS BIGINT)
    * 1000000 + CAST(EXTRACT(MICROSECONDS FROM s.taken_at) AS BIGINT)
    % 1000000,
  s.data,
  w.place
FROM unnest(
  CAST($1 AS TEXT[]),
  CAST($2 AS INTEGER[])
) WITH ORDINALITY AS w (aggregate_id, state_version, place)
CROSS JOIN LATERAL (
  SELECT
    i.aggregate_id,
    i.aggregate_type,
    i.aggregate_version,
    i.state_version,
    i.taken_at,
    i.data
  FROM {snapshots} AS i
  WHERE i.aggregate_id = w.aggregate_id
    AND i.state_version = w.state_version
  ORDER BY i.aggregate_version DESC
  LIMIT 1
) AS s
