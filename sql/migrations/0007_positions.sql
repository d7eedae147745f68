-- The one order of all events: (epoch, transaction_id, position). A transaction
-- takes its id before it writes, so that below the oldest one that still runs
-- nothing can appear any more. Ids begin anew on another server; the epoch,
-- raised by the migrator, says on which one an event was written. Events that
-- are there already are epoch 0, in an order that keeps each aggregate's
-- versions. Whoever does not name these columns still appends.
CREATE TABLE {schema}.epochs (
  epoch     BIGINT PRIMARY KEY,
  server    TEXT NOT NULL,
  raised_at TIMESTAMPTZ NOT NULL DEFAULT now()
);

INSERT INTO {schema}.epochs (epoch, server)
VALUES (1, {server_identity});

ALTER TABLE {events}
  ADD COLUMN epoch BIGINT NOT NULL DEFAULT 0,
  ADD COLUMN transaction_id {transaction_type} NOT NULL
    DEFAULT {current_transaction},
  ADD COLUMN position BIGINT NOT NULL DEFAULT 0;

UPDATE {events} AS e
SET position = numbered.place
FROM (
  SELECT
    reached.id,
    row_number() OVER (
      ORDER BY
        reached.since,
        reached.aggregate_id,
        reached.aggregate_version
    ) AS place
  FROM (
    SELECT
      o.id,
      o.aggregate_id,
      o.aggregate_version,
      max(o.registered_at) OVER (
        PARTITION BY o.aggregate_id
        ORDER BY o.aggregate_version
      ) AS since
    FROM {events} AS o
  ) AS reached
) AS numbered
WHERE e.id = numbered.id;

ALTER TABLE {events} ALTER COLUMN epoch SET DEFAULT 1;
{number_rows}

CREATE INDEX ON {events} (epoch, transaction_id, position);
