-- Events that have to be published, written in the events' own transaction.
CREATE TABLE {outbox} (
  event_id          VARCHAR{byte_order} PRIMARY KEY,
  aggregate_id      VARCHAR{byte_order} NOT NULL,
  aggregate_version BIGINT NOT NULL,
  created_at        TIMESTAMPTZ NOT NULL DEFAULT now(),
  published_at      TIMESTAMPTZ,
  attempts          INTEGER NOT NULL DEFAULT 0,
  last_error        TEXT
);
