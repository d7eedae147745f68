-- list_outbox: rows that are not published.
-- Run by: outbox_table, with reads in index order.
-- $1 aggregate id text and $2 version bigint to begin after, $3 rows at most
-- bigint, $4 dead letters only boolean.
-- Rows: event id, aggregate id, version, created_at, attempts, last error,
-- next_attempt_at if it has not come, whether dead; in the order of aggregate
-- id (bytes) and version.
SELECT
  o.event_id,
  o.aggregate_id,
  o.aggregate_version,
  o.created_at,
  o.attempts,
  o.last_error,
  CASE WHEN o.next_attempt_at > clock_timestamp() THEN
    o.next_attempt_at
  END,
  o.dead_at IS NOT NULL
FROM {outbox} AS o
WHERE o.published_at IS NULL
  AND (o.aggregate_id{byte_order}, o.aggregate_version)
    > (CAST($1 AS TEXT), CAST($2 AS BIGINT))
  AND (o.dead_at IS NOT NULL OR NOT CAST($4 AS BOOLEAN))
ORDER BY
  o.aggregate_id{byte_order},
  o.aggregate_version
LIMIT CAST($3 AS BIGINT)
