-- drop_outbox: gives dead letters up. They stay as long as published rows do.
-- Run by: outbox_table.
-- $1 event ids text[].
-- Rows: none; as many written as there were dead letters.
UPDATE {outbox} AS o
SET published_at = now()
WHERE o.event_id = ANY (CAST($1 AS TEXT[]))
  AND o.published_at IS NULL
  AND o.dead_at IS NOT NULL
