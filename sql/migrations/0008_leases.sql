-- Who may do what only one may do at a time. Each change of hands raises the
-- epoch, which the owner's transactions check: see hold_lease. As part of a
-- unique index the epoch is locked apart from the rest of its row: a renewal
-- waits for nobody, a change of hands for the owner's transactions.
CREATE TABLE {schema}.leases (
  name        VARCHAR{byte_order} PRIMARY KEY,
  owner       VARCHAR{byte_order} NOT NULL,
  epoch       BIGINT NOT NULL,
  acquired_at TIMESTAMPTZ NOT NULL,
  expires_at  TIMESTAMPTZ NOT NULL,
  UNIQUE (name, epoch)
);
