-- Every table names its tenant, and every query asks by it. A tenant is its own.
CREATE TABLE tenants (
  tenant_id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  name text NOT NULL UNIQUE,
  plan text NOT NULL DEFAULT 'standard',
  created_at timestamptz NOT NULL DEFAULT now()
);

-- Whom a tenant works for.
CREATE TABLE clients (
  tenant_id uuid NOT NULL REFERENCES tenants,
  client_id uuid NOT NULL DEFAULT gen_random_uuid(),
  name text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, client_id),
  UNIQUE (tenant_id, name)
);

CREATE TABLE users (
  tenant_id uuid NOT NULL REFERENCES tenants,
  user_id uuid NOT NULL DEFAULT gen_random_uuid(),
  client_id uuid,
  -- Nobody knows his tenant when he logs in: an address is somebody's in all of them together.
  email text NOT NULL UNIQUE,
  name text NOT NULL,
  role text NOT NULL DEFAULT 'member' CHECK (role IN ('member', 'admin', 'operator')),
  password_hash text,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, user_id),
  FOREIGN KEY (tenant_id, client_id) REFERENCES clients
);

CREATE TABLE sessions (
  tenant_id uuid NOT NULL,
  session_id uuid NOT NULL DEFAULT gen_random_uuid(),
  user_id uuid NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  revoked_at timestamptz,
  PRIMARY KEY (tenant_id, session_id),
  FOREIGN KEY (tenant_id, user_id) REFERENCES users ON DELETE CASCADE
);
CREATE INDEX sessions_by_user ON sessions (tenant_id, user_id, created_at DESC);
CREATE INDEX sessions_by_end ON sessions (expires_at) WHERE revoked_at IS NULL;

-- What differs from the value that is declared for all tenants.
CREATE TABLE flags (
  tenant_id uuid NOT NULL REFERENCES tenants,
  name text NOT NULL,
  value boolean NOT NULL,
  changed_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, name)
);

CREATE TABLE audit (
  tenant_id uuid NOT NULL,
  id bigint GENERATED ALWAYS AS IDENTITY,
  at timestamptz NOT NULL DEFAULT now(),
  user_id uuid NOT NULL,
  action text NOT NULL,
  subject text NOT NULL,
  correlation_id text NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
