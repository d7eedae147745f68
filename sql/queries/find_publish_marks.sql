-- find_publish_marks: which of some events asked for an outbox row.
-- Run by: postgres_store, for verification.
-- $1 event ids text[].
-- Rows: event id; in no order.
SELECT e.id
FROM {events} AS e
WHERE e.id = ANY (CAST($1 AS TEXT[]))
  AND e.publish
