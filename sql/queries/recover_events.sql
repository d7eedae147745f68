-- recover_events: the events of many aggregates, each after a version.
-- Run by: event_reader, to recover aggregates in bulk.
-- $1 aggregate ids text[], $2 versions to begin after bigint[], $3 events at
-- most for each bigint.
-- Rows: id, type, schema version, occurred_at and registered_at (microseconds
-- since 1970), aggregate id, aggregate type, version, data, metadata,
-- place of the aggregate from 1; in the order of place and version.
SELECT
  e.id,
  e.type,
  e.schema_version,
  CAST(EXTRACT(EPOCH FROM date_trunc('second', e.occurred_at)) AS BIGINT)
    * 1000000 + CAST(EXTRACT(MICROSECONDS FROM e.occurred_at) AS BIGINT)
    % 1000000,
  CAST(EXTRACT(EPOCH FROM date_trunc('second', e.registered_at)) AS BIGINT)
    * 1000000 + CAST(EXTRACT(MICROSECONDS FROM e.registered_at) AS BIGINT)
    % 1000000,
  e.aggregate_id,
  e.aggregate_type,
  e.aggregate_version,
  e.data,
  e.metadata,
  w.place
FROM unnest(
  CAST($1 AS TEXT[]),
  CAST($2 AS BIGINT[])
) WITH ORDINALITY AS w (aggregate_id, after_version, place)
CROSS JOIN LATERAL (
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
    AND i.aggregate_version > w.after_version
  ORDER BY i.aggregate_version
  LIMIT CAST($3 AS BIGINT)
) AS e
ORDER BY
  w.place,
  e.aggregate_version
