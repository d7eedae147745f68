-- append_alone: stores an append of one event in one statement, which is a
-- transaction of its own: the event, what is to be published of it, and its
-- command id. If the version before it is not there, nothing is written; it is
-- looked for unless the process that runs this has stored it. Its
-- parameters are single values, so that the server plans it once: arrays of
-- unknown length look too long to it. The row of an inline projection, if there
-- is one, is written before the last SELECT. CockroachDB has no part of a WITH
-- that returns nothing.
-- Run by: lone_append, for an append that is alone in its batch.
-- $1 event id, $2 type, $3 occurred_at, $4 aggregate id, $5 aggregate type, $6
-- version before the event, $7 data (JSON), $8 metadata (JSON), $9 schema
-- version, $10 whether it asks for an outbox row, $11 command id or NULL, $12
-- name of the process that has stored the version before or NULL; from $13 on
-- the cells of the projection's row.
-- Rows: one if the event is stored, with the name of the process that did; none
-- means that another writer was first.
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
  WHERE CASE
    WHEN CAST($12 AS TEXT) = {session} THEN TRUE
    ELSE COALESCE((
      SELECT p.aggregate_version
      FROM {events} AS p
      WHERE p.aggregate_id = CAST($4 AS TEXT)
        AND p.aggregate_version = CAST($6 AS BIGINT)
    ), 0) = CAST($6 AS BIGINT)
  END
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
),
remembered AS (
  INSERT INTO {commands} (
    aggregate_id,
    command_id,
    aggregate_version,
    event_count
  )
  SELECT
    CAST($4 AS TEXT),
    CAST($11 AS TEXT),
    CAST($6 AS BIGINT) + 1,
    1
  FROM stored
  WHERE CAST($11 AS TEXT) IS NOT NULL
  RETURNING 1
)
SELECT {session} FROM stored
