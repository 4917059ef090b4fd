CREATE TABLE customers (
  id uuid PRIMARY KEY,
  name text NOT NULL,
  email text NOT NULL UNIQUE,
  phone text,
  company text,
  -- What a search looks in, in small letters: written by the service, which knows more letters than a locale.
  found_by text NOT NULL,
  version integer NOT NULL,
  created_at timestamptz NOT NULL,
  changed_at timestamptz NOT NULL
);
CREATE INDEX customers_newest ON customers (created_at DESC, id DESC);
