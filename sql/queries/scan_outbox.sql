-- scan_outbox: a page of all outbox rows.
-- Run by: table_scanner.
-- $1 aggregate id text and $2 version bigint to begin after, $3 rows at most
-- bigint.
-- Rows: event id, aggregate id, version, whether published, whether dead; in the
-- order of aggregate id (bytes) and version.
SELECT
  o.event_id,
  o.aggregate_id,
  o.aggregate_version,
  o.published_at IS NOT NULL,
  o.dead_at IS NOT NULL
FROM {outbox} AS o
WHERE (o.aggregate_id{byte_order}, o.aggregate_version)
  > (CAST($1 AS TEXT), CAST($2 AS BIGINT))
ORDER BY
  o.aggregate_id{byte_order},
  o.aggregate_version
LIMIT CAST($3 AS BIGINT)
