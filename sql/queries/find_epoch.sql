-- find_epoch: whether events that are written now sort after all others.
-- Run by: migrator.
-- Rows: one: the epoch, the server it was raised on, this server, whether an
-- event of this epoch has a transaction id that this server has not reached.
SELECT
  n.epoch,
  n.server,
  {server_identity},
  COALESCE((
    SELECT e.transaction_id >= {next_transaction}
    FROM {events} AS e
    WHERE e.epoch = n.epoch
    ORDER BY
      e.epoch DESC,
      e.transaction_id DESC,
      e.position DESC
    LIMIT 1
  ), FALSE)
FROM {schema}.epochs AS n
ORDER BY n.epoch DESC
LIMIT 1
