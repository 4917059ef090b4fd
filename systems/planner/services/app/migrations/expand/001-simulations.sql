-- The answer is kept as it was sent: equal plans have equal ids and equal bytes.
CREATE TABLE simulations (
  id text PRIMARY KEY CHECK (id ~ '^sim_[A-Za-z0-9_-]{22}$'),
  answer text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX simulations_by_age ON simulations (created_at);
