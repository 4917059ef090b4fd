-- Keys of brokers, each under a data key of its own that DATA_KEY wraps; `key_id` tells which DATA_KEY.
CREATE TABLE broker_keys (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
  broker text NOT NULL,
  ending text NOT NULL,
  key_id text NOT NULL,
  wrapped bytea NOT NULL,
  sealed bytea NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX broker_keys_by_user ON broker_keys (user_id, created_at DESC);
CREATE INDEX broker_keys_by_key ON broker_keys (key_id);
