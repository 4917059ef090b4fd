-- As fairway-kit's postgresStore keeps the answers that a repeated Idempotency-Key gets again.
CREATE TABLE IF NOT EXISTS idempotency_keys (
  key text PRIMARY KEY,
  print text NOT NULL,
  holder text NOT NULL,
  answer json,
  until timestamptz NOT NULL
);
CREATE INDEX IF NOT EXISTS idempotency_keys_until ON idempotency_keys (until);
