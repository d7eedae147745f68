-- scan_events: a page of all events.
-- Run by: table_scanner.
-- $1 aggregate id text and $2 version bigint to begin after, $3 events at most
-- bigint.
-- Rows: id, type, schema version, occurred_at and registered_at, aggregate id,
-- aggregate type, version, data, metadata; in the order of aggregate id (bytes)
-- and version.
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
WHERE (e.aggregate_id{byte_order}, e.aggregate_version)
  > (CAST($1 AS TEXT), CAST($2 AS BIGINT))
ORDER BY
  e.aggregate_id{byte_order},
  e.aggregate_version
LIMIT CAST($3 AS BIGINT)
