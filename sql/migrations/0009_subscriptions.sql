-- How far named subscriptions and async projections have got.
CREATE TABLE {schema}.subscriptions (
  name            VARCHAR{byte_order},
  partition_index INTEGER,
  partition_count INTEGER NOT NULL,
  epoch           BIGINT NOT NULL,
  transaction_id  {transaction_type} NOT NULL,
  position        BIGINT NOT NULL,
  events          BIGINT NOT NULL DEFAULT 0,
  state           TEXT NOT NULL DEFAULT 'running',
  error           TEXT NOT NULL DEFAULT '',
  updated_at      TIMESTAMPTZ NOT NULL DEFAULT now(),
  PRIMARY KEY (name, partition_index)
);

-- Events that a subscription went on without.
CREATE TABLE {schema}.dead_letters (
  subscription      VARCHAR{byte_order},
  event_id          VARCHAR{byte_order},
  partition_index   INTEGER NOT NULL,
  aggregate_id      VARCHAR{byte_order} NOT NULL,
  aggregate_version BIGINT NOT NULL,
  epoch             BIGINT NOT NULL,
  transaction_id    {transaction_type} NOT NULL,
  position          BIGINT NOT NULL,
  error             TEXT NOT NULL,
  attempts          INTEGER NOT NULL,
  created_at        TIMESTAMPTZ NOT NULL DEFAULT now(),
  PRIMARY KEY (subscription, event_id)
);
