-- Finds the command ids that were remembered longest ago, to forget them.
-- Commands without an id have no row here and pay nothing for it.
CREATE INDEX ON {commands} (created_at);
