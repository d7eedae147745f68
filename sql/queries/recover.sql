-- recover: the latest usable snapshots of many aggregates, and the events after
-- them. One statement, so that both are of one moment: with two, an append that
-- commits in between brings its events without the snapshot that it took.
-- Run by: event_reader, to recover aggregates in bulk.
-- $1 aggregate ids text[], $2 versions to begin after bigint[], $3 state
-- versions of snapshots that are of use integer[], NULL where none is,
-- $4 events at most for each bigint.
-- Rows: of each aggregate its snapshot, then its events: id, type, schema
-- version, occurred_at and registered_at, aggregate id, aggregate type, version,
-- data, metadata; place of the aggregate from 1. A snapshot has no id, its state
-- version for a schema version, and occurred when it was taken. In the order of
-- place and version; no row for an aggregate that has neither.
SELECT
  r.id,
  r.type,
  r.schema_version,
  r.occurred_at,
  r.registered_at,
  r.aggregate_id,
  r.aggregate_type,
  r.aggregate_version,
  r.data,
  r.metadata,
  w.place
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
CROSS JOIN LATERAL (
  SELECT
    NULL AS id,
    NULL AS type,
    s.state_version AS schema_version,
    s.taken_at AS occurred_at,
    CAST(NULL AS TIMESTAMPTZ) AS registered_at,
    s.aggregate_id,
    s.aggregate_type,
    s.aggregate_version,
    s.data,
    CAST(NULL AS JSONB) AS metadata
  WHERE s.aggregate_version IS NOT NULL
  UNION ALL (
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
      i.metadata
    FROM {events} AS i
    WHERE i.aggregate_id = w.aggregate_id
      AND i.aggregate_version > COALESCE(s.aggregate_version, w.after_version)
    ORDER BY i.aggregate_version
    LIMIT CAST($4 AS BIGINT)
  )
) AS r
ORDER BY
  w.place,
  r.aggregate_version
