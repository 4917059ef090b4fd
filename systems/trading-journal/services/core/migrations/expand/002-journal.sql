-- What was asked of the workers. A queue entry can be made again from its row.
CREATE TABLE IF NOT EXISTS jobs (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
  kind text NOT NULL,
  payload jsonb NOT NULL,
  traceparent text NOT NULL,
  state text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'running', 'done', 'failed')),
  progress integer NOT NULL DEFAULT 0 CHECK (progress BETWEEN 0 AND 100),
  result jsonb,
  failure text,
  created_at timestamptz NOT NULL DEFAULT now(),
  enqueued_at timestamptz,
  touched_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX IF NOT EXISTS jobs_by_user ON jobs (user_id, kind, created_at DESC);
CREATE INDEX IF NOT EXISTS jobs_open ON jobs (created_at) WHERE state IN ('queued', 'running');

CREATE TABLE IF NOT EXISTS trades (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
  symbol text NOT NULL,
  side text NOT NULL CHECK (side IN ('buy', 'sell')),
  quantity numeric(20, 8) NOT NULL CHECK (quantity > 0),
  price numeric(20, 8) NOT NULL CHECK (price > 0),
  profit_cents bigint,
  executed_at timestamptz NOT NULL,
  import_id uuid REFERENCES jobs ON DELETE CASCADE,
  import_line integer,
  -- A line that is imported a second time changes nothing.
  UNIQUE (import_id, import_line)
);
CREATE INDEX IF NOT EXISTS trades_by_user ON trades (user_id, executed_at DESC, id);

CREATE TABLE IF NOT EXISTS reflections (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
  note text NOT NULL,
  score integer,
  advice jsonb,
  scored_by text,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX IF NOT EXISTS reflections_by_user ON reflections (user_id, created_at DESC);

-- The latest weekly digest only; all of them stay in the bucket.
CREATE TABLE IF NOT EXISTS digests (
  user_id uuid PRIMARY KEY REFERENCES users ON DELETE CASCADE,
  week text NOT NULL,
  object_key text NOT NULL,
  summary jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
