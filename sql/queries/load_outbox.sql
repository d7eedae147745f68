-- load_outbox: what one partition has to publish after a place. An event whose
-- time has not come and a dead letter hold back the rest of their aggregate.
-- Run by: outbox_table, with reads in index order.
-- $1 aggregate id text and $2 version bigint to begin after, $3 partition
-- bigint, $4 partitions bigint, $5 rows at most bigint.
-- Rows: the columns of an event, empty but for its ids if there is none; failed
-- attempts; in the order of aggregate id (bytes) and version.
SELECT
  COALESCE(e.id, o.event_id),
  COALESCE(e.type, ''),
  COALESCE(e.schema_version, 1),
  e.occurred_at,
  e.registered_at,
  o.aggregate_id,
  COALESCE(e.aggregate_type, ''),
  o.aggregate_version,
  CASE WHEN e.id IS NULL THEN '' ELSE CAST(e.data AS TEXT) END,
  CAST(e.metadata AS TEXT),
  o.attempts
FROM (
  SELECT
    p.event_id,
    p.aggregate_id,
    p.aggregate_version,
    p.attempts
  FROM {outbox} AS p
  WHERE p.published_at IS NULL
    AND (p.aggregate_id{byte_order}, p.aggregate_version)
      > (CAST($1 AS TEXT), CAST($2 AS BIGINT))
    AND {hash_of_aggregate} % CAST($4 AS BIGINT) = CAST($3 AS BIGINT)
    AND NOT EXISTS (
      SELECT 1
      FROM {outbox} AS h
      WHERE h.published_at IS NULL
        AND h.next_attempt_at IS NOT NULL
        AND h.aggregate_id = p.aggregate_id
        AND h.aggregate_version <= p.aggregate_version
        AND (h.dead_at IS NOT NULL OR h.next_attempt_at > clock_timestamp())
    )
  ORDER BY
    p.aggregate_id{byte_order},
    p.aggregate_version
  LIMIT CAST($5 AS BIGINT)
) AS o
LEFT JOIN {events} AS e ON e.id = o.event_id
ORDER BY
  o.aggregate_id{byte_order},
  o.aggregate_version
