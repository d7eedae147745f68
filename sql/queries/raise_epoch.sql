-- raise_epoch: notes a new epoch; the default of the events' column follows.
-- Run by: migrator, under its lock.
-- $1 epoch bigint.
-- Rows: none.
INSERT INTO {schema}.epochs (epoch, server)
VALUES (CAST($1 AS BIGINT), {server_identity})
