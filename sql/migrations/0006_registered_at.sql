-- When an event was stored: rows that are copied in leave it to the server.
ALTER TABLE {events}
  ALTER COLUMN registered_at SET DEFAULT now();
