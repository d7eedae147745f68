-- claim_outbox: takes some events that are to be published, in any order, for a
-- while. Passes over those that others are taking.
-- Run by: outbox_table.
-- $1 rows at most bigint, $2 duration in microseconds bigint.
-- Rows: as those of load_outbox, in any order. Locks: the rows.
WITH claimed AS (
  UPDATE {outbox} AS o
  SET next_attempt_at = clock_timestamp()
    + CAST($2 AS BIGINT) * INTERVAL '1 microsecond'
  WHERE o.event_id IN (
    SELECT p.event_id
    FROM {outbox} AS p
    WHERE p.published_at IS NULL
      AND p.dead_at IS NULL
      AND (p.next_attempt_at IS NULL OR p.next_attempt_at <= clock_timestamp())
    ORDER BY
      p.aggregate_id{byte_order},
      p.aggregate_version
    LIMIT CAST($1 AS BIGINT)
    FOR UPDATE SKIP LOCKED
  )
  RETURNING
    o.event_id,
    o.aggregate_id,
    o.aggregate_version,
    o.attempts
)
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
FROM claimed AS o
LEFT JOIN {events} AS e ON e.id = o.event_id
