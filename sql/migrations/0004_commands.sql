-- Commands that were executed, so that a repeat is answered with the first
-- one's receipt. `aggregate_version` is the version after the command, whose
-- events are the last `event_count` up to there.
CREATE TABLE {commands} (
  aggregate_id      VARCHAR{byte_order},
  command_id        VARCHAR{byte_order},
  aggregate_version BIGINT NOT NULL,
  event_count       INTEGER NOT NULL,
  created_at        TIMESTAMPTZ NOT NULL DEFAULT now(),
  PRIMARY KEY (aggregate_id, command_id)
);
