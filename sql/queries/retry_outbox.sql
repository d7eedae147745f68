-- retry_outbox: lets events that failed be tried again at once.
-- Run by: outbox_table.
-- $1 event ids text[].
-- Rows: none; as many written as there were such events.
UPDATE {outbox} AS o
SET
  attempts = 0,
  next_attempt_at = NULL,
  dead_at = NULL
WHERE o.event_id = ANY (CAST($1 AS TEXT[]))
  AND o.published_at IS NULL
  AND o.attempts > 0
