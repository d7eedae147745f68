-- The events of all aggregates. The first nine columns are those of the
-- original schema, so that a table that its programs made is taken over as it
-- is. Ids of a table that is made here sort by their bytes.
CREATE TABLE IF NOT EXISTS {events} (
  id                VARCHAR{byte_order} PRIMARY KEY,
  type              VARCHAR,
  occurred_at       TIMESTAMPTZ,
  registered_at     TIMESTAMPTZ,
  aggregate_id      VARCHAR{byte_order},
  aggregate_type    VARCHAR,
  aggregate_version BIGINT,
  data              JSONB,
  metadata          JSONB,
  UNIQUE (aggregate_id, aggregate_version)
);

-- The form of `data` within its type.
ALTER TABLE {events}
  ADD COLUMN IF NOT EXISTS schema_version INTEGER NOT NULL DEFAULT 1;
