-- append_next: the same as append_alone for an append without a command id whose
-- aggregate begins with it, or whose version before the event the process that
-- runs this has stored: nothing has to be looked for then. What the server does
-- not have to prepare it need not look at either.
-- Run by: lone_append, for an append that is alone in its batch.
-- $1 event id, $2 type, $3 occurred_at, $4 aggregate id, $5 aggregate type, $6
-- version before the event, $7 data (JSON), $8 metadata (JSON), $9 schema
-- version, $10 whether it asks for an outbox row, $11 name of the process that
-- has stored the version before; from $12 on the cells of the projection's row.
-- Rows: one if the event is stored, with the name of the process that did; none
-- means that it was another process.
WITH stored AS (
  INSERT INTO {events} (
    id,
    type,
    occurred_at,
    registered_at,
    aggregate_id,
    aggregate_type,
    aggregate_version,
    data,
    metadata,
    schema_version,
    publish
  )
  SELECT
    CAST($1 AS TEXT),
    CAST($2 AS TEXT),
    CAST($3 AS TIMESTAMPTZ),
    now(),
    CAST($4 AS TEXT),
    CAST($5 AS TEXT),
    CAST($6 AS BIGINT) + 1,
    CAST($7 AS JSONB),
    CAST($8 AS JSONB),
    CAST($9 AS INTEGER),
    CAST($10 AS BOOLEAN)
  WHERE CAST($11 AS TEXT) = {session} OR CAST($6 AS BIGINT) = 0
  RETURNING 1
),
published AS (
  INSERT INTO {outbox} (
    event_id,
    aggregate_id,
    aggregate_version
  )
  SELECT
    CAST($1 AS TEXT),
    CAST($4 AS TEXT),
    CAST($6 AS BIGINT) + 1
  FROM stored
  WHERE CAST($10 AS BOOLEAN)
  RETURNING 1
)
SELECT {session} FROM stored
