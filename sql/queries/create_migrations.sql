-- create_migrations: the migrator's own table.
-- Run by: migrator, under its lock, on a database that it meets for the first
-- time.
-- Rows: none.
CREATE TABLE IF NOT EXISTS {migrations} (
  component  VARCHAR,
  number     INTEGER,
  name       VARCHAR NOT NULL,
  checksum   VARCHAR NOT NULL,
  applied_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  PRIMARY KEY (component, number)
)
