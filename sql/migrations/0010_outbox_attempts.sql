-- Which events are to be published when. What is not published is read in the
-- order of aggregates and versions; what failed has a time before which it is
-- not tried again, and a dead letter keeps the last one.
ALTER TABLE {outbox}
  ADD COLUMN next_attempt_at TIMESTAMPTZ,
  ADD COLUMN dead_at TIMESTAMPTZ;

CREATE INDEX ON {outbox} (aggregate_id, aggregate_version)
  WHERE published_at IS NULL;

CREATE INDEX ON {outbox} (aggregate_id)
  WHERE published_at IS NULL AND next_attempt_at IS NOT NULL;

CREATE INDEX ON {outbox} (published_at)
  WHERE published_at IS NOT NULL;

-- How far published rows may have been deleted: one row at most.
CREATE TABLE {schema}.outbox_purges (
  only_row     BOOLEAN PRIMARY KEY DEFAULT true CHECK (only_row),
  purged_until TIMESTAMPTZ NOT NULL
);
