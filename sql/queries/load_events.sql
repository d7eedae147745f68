-- load_events: the events of one aggregate.
-- Run by: event_reader.
-- $1 aggregate id text, $2 first version bigint, $3 events at most bigint.
-- Rows: id, type, schema version, occurred_at and registered_at, aggregate id,
-- aggregate type, version, data, metadata; in the order of version.
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
  e.metadata
FROM {events} AS e
WHERE e.aggregate_id = CAST($1 AS TEXT)
  AND e.aggregate_version >= CAST($2 AS BIGINT)
ORDER BY e.aggregate_version
LIMIT CAST($3 AS BIGINT)
