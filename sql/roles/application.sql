-- What the role of a running program needs, and nothing more: it can't migrate,
-- and it can't change or delete an event. Run by the owner of the tables after
-- `esctl migrate`, again after each migration that adds a table:
--
--     psql -v role=my_program -f application.sql
--
-- With other names of schemas or tables, change them here.
GRANT USAGE ON SCHEMA es, projection TO :"role";

GRANT SELECT, INSERT ON es.events TO :"role";
GRANT SELECT, INSERT, DELETE ON es.commands TO :"role";
GRANT SELECT, INSERT, UPDATE, DELETE ON es.snapshots, es.outbox TO :"role";
GRANT SELECT, INSERT, UPDATE ON es.leases, es.outbox_purges TO :"role";
GRANT SELECT, INSERT, UPDATE, DELETE
  ON es.subscriptions, es.dead_letters
  TO :"role";
GRANT SELECT ON es.migrations, es.epochs TO :"role";

GRANT SELECT, INSERT, UPDATE, DELETE
  ON ALL TABLES IN SCHEMA projection
  TO :"role";
