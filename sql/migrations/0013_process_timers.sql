-- When the first timer of each process manager's instance is due; written with
-- the instance's events, from which it can be made anew.
CREATE TABLE {projection_schema}.process_timers (
  id           VARCHAR{byte_order} PRIMARY KEY,
  process_type VARCHAR{byte_order} NOT NULL,
  due_at       TIMESTAMPTZ NOT NULL,
  version      BIGINT NOT NULL
);

CREATE INDEX ON {projection_schema}.process_timers (process_type, due_at, id);
