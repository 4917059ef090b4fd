CREATE TABLE proposals (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  user_id text NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  symbol text NOT NULL,
  question text NOT NULL,
  model text NOT NULL,
  side text NOT NULL CHECK (side IN ('buy', 'sell', 'hold')),
  quantity integer NOT NULL CHECK (quantity >= 0),
  reason text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX proposals_latest ON proposals (user_id, created_at DESC);
