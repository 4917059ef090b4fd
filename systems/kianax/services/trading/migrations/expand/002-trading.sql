-- Money is in cents. Whatever belongs to a user goes with the user.
CREATE TABLE orders (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  user_id text NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  -- The same key is the same order, however often it is sent.
  idempotency_key text NOT NULL,
  symbol text NOT NULL,
  side text NOT NULL CHECK (side IN ('buy', 'sell')),
  quantity integer NOT NULL CHECK (quantity BETWEEN 1 AND 10000),
  limit_cents bigint CHECK (limit_cents > 0),
  commission_cents bigint NOT NULL CHECK (commission_cents >= 0),
  status text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'filled', 'rejected')),
  reason text,
  created_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (user_id, idempotency_key)
);
CREATE INDEX orders_latest ON orders (user_id, created_at DESC);

CREATE TABLE trades (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  user_id text NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  order_id uuid NOT NULL UNIQUE REFERENCES orders (id) ON DELETE CASCADE,
  symbol text NOT NULL,
  side text NOT NULL CHECK (side IN ('buy', 'sell')),
  quantity integer NOT NULL CHECK (quantity > 0),
  price_cents bigint NOT NULL CHECK (price_cents > 0),
  commission_cents bigint NOT NULL,
  broker_reference text NOT NULL,
  traded_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX trades_latest ON trades (user_id, traded_at DESC);

-- What a broker's key is, only the service knows: AES-256-GCM, bound to user and broker.
CREATE TABLE broker_credentials (
  user_id text NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  broker text NOT NULL,
  sealed text NOT NULL,
  last_four text NOT NULL,
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (user_id, broker)
);
