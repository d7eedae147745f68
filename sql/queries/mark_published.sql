-- mark_published: notes that events were published.
-- Run by: outbox_table, in the transaction of a settlement.
-- $1 event ids text[].
-- Rows: none.
UPDATE {outbox} AS o
SET
  published_at = now(),
  next_attempt_at = NULL
WHERE o.event_id = ANY (CAST($1 AS TEXT[]))
  AND o.published_at IS NULL
