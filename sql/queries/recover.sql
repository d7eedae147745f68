-- recover: the latest usable snapshots of many aggregates, and the events after
-- them. One statement, so that both are of one moment: with two, an append that
-- commits in between brings its events without the snapshot that it took.
-- Run by: event_reader, to recover aggregates in bulk.
-- $1 aggregate ids text[], $2 versions to begin after bigint[], $3 state
-- versions of snapshots that are of use integer[], NULL where none is,
-- $4 events at most for each bigint.
-- Rows: an event, NULL where there is none: id, type, schema version,
-- occurred_at and registered_at, aggregate id, aggregate type, version, data,
-- metadata; place of the aggregate from 1; the snapshot, in the first row of
-- its aggregate only: aggregate id, aggregate type, version, state version,
-- taken_at, data. In the order of place and version; no row for an aggregate
-- that has neither.
SELECT
  e.id,
  e.type,
  e.schema_version,
  e.occurred_at,
  e.registered_at,
  e.aggregate_id,
  e.aggregate_type,
  e.aggregate_version,
  e.data,
  e.metadata,
  w.place,
  CASE WHEN COALESCE(e.row_place, 1) = 1 THEN s.aggregate_id END,
  CASE WHEN COALESCE(e.row_place, 1) = 1 THEN s.aggregate_type END,
  CASE WHEN COALESCE(e.row_place, 1) = 1 THEN s.aggregate_version END,
  CASE WHEN COALESCE(e.row_place, 1) = 1 THEN s.state_version END,
  CASE WHEN COALESCE(e.row_place, 1) = 1 THEN s.taken_at END,
  CASE WHEN COALESCE(e.row_place, 1) = 1 THEN s.data END
FROM unnest(
  CAST($1 AS TEXT[]),
  CAST($2 AS BIGINT[]),
  CAST($3 AS INTEGER[])
) WITH ORDINALITY AS w (aggregate_id, after_version, state_version, place)
LEFT JOIN LATERAL (
  SELECT
    i.aggregate_id,
    i.aggregate_type,
    i.aggregate_version,
    i.state_version,
    i.taken_at AS taken_at,
    i.data
  FROM {snapshots} AS i
  WHERE i.aggregate_id = w.aggregate_id
    AND i.state_version = w.state_version
  ORDER BY i.aggregate_version DESC
  LIMIT 1
) AS s ON TRUE
LEFT JOIN LATERAL (
  SELECT
    i.id,
    i.type,
    i.schema_version,
    i.occurred_at,
    i.registered_at,
    i.aggregate_id,
    i.aggregate_type,
    i.aggregate_version,
    i.data,
    i.metadata,
    ROW_NUMBER() OVER (ORDER BY i.aggregate_version) AS row_place
  FROM {events} AS i
  WHERE i.aggregate_id = w.aggregate_id
    AND i.aggregate_version > COALESCE(s.aggregate_version, w.after_version)
  ORDER BY i.aggregate_version
  LIMIT CAST($4 AS BIGINT)
) AS e ON TRUE
WHERE e.id IS NOT NULL
   OR s.aggregate_version IS NOT NULL
ORDER BY
  w.place,
  e.aggregate_version
