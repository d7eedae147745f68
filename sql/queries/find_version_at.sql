-- find_version_at: the version that an aggregate had at a moment.
-- Run by: event_reader.
-- $1 aggregate id text, $2 moment bigint (microseconds since 1970).
-- Rows: version (0 if there was no event).
SELECT COALESCE(max(e.aggregate_version), 0)
FROM {events} AS e
WHERE e.aggregate_id = CAST($1 AS TEXT)
  AND e.occurred_at <= TIMESTAMPTZ 'epoch'
    + (CAST($2 AS BIGINT) - CAST($2 AS BIGINT) % 1000000)
      * INTERVAL '1 microsecond'
    + CAST($2 AS BIGINT) % 1000000 * INTERVAL '1 microsecond'
