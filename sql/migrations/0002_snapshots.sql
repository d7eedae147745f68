-- States of aggregates, to shorten recovery. The first six columns are those
-- of the original schema.
CREATE TABLE IF NOT EXISTS {snapshots} (
  aggregate_id      VARCHAR{byte_order},
  aggregate_type    VARCHAR,
  aggregate_version BIGINT,
  taken_at          TIMESTAMPTZ,
  registered_at     TIMESTAMPTZ,
  data              JSONB,
  PRIMARY KEY (aggregate_id, aggregate_version)
);

-- The form of `data`: a program uses only snapshots of its own form.
ALTER TABLE {snapshots}
  ADD COLUMN IF NOT EXISTS state_version INTEGER NOT NULL DEFAULT 1;
