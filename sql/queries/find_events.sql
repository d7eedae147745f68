-- find_events: which of these events are stored.
-- Run by: commit_resolver, after a commit whose answer was lost.
-- $1 event ids text[].
-- Rows: event id.
SELECT e.id
FROM {events} AS e
WHERE e.id = ANY (CAST($1 AS TEXT[]))
