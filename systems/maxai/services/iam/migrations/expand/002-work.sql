CREATE TABLE prompts (
  tenant_id uuid NOT NULL REFERENCES tenants,
  prompt_id uuid NOT NULL DEFAULT gen_random_uuid(),
  client_id uuid,
  title text NOT NULL,
  body text NOT NULL,
  created_by uuid NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, prompt_id)
);
CREATE INDEX prompts_by_age ON prompts (tenant_id, created_at DESC, prompt_id DESC);

-- What was asked of a vendor: a model, a call, a message.
CREATE TABLE runs (
  tenant_id uuid NOT NULL REFERENCES tenants,
  run_id uuid NOT NULL DEFAULT gen_random_uuid(),
  client_id uuid,
  kind text NOT NULL CHECK (kind IN ('prompt', 'call', 'message')),
  subject text NOT NULL,
  output text,
  vendor_reference text NOT NULL,
  tokens integer NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, run_id)
);
CREATE INDEX runs_by_age ON runs (tenant_id, created_at DESC);

-- Where n8n is not there they stay recorded, and can be run later.
CREATE TABLE workflow_runs (
  tenant_id uuid NOT NULL REFERENCES tenants,
  workflow_run_id uuid NOT NULL DEFAULT gen_random_uuid(),
  client_id uuid,
  workflow text NOT NULL,
  input jsonb NOT NULL,
  state text NOT NULL CHECK (state IN ('recorded', 'done', 'failed')),
  result jsonb,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, workflow_run_id)
);

-- One row for each thing that is paid for; summed up by the day, each exactly once.
CREATE TABLE usage_events (
  tenant_id uuid NOT NULL REFERENCES tenants,
  usage_event_id uuid NOT NULL DEFAULT gen_random_uuid(),
  client_id uuid,
  meter text NOT NULL,
  amount bigint NOT NULL CHECK (amount >= 0),
  at timestamptz NOT NULL DEFAULT now(),
  summed boolean NOT NULL DEFAULT false,
  PRIMARY KEY (tenant_id, usage_event_id)
);
CREATE INDEX usage_events_to_sum ON usage_events (tenant_id) WHERE NOT summed;

CREATE TABLE usage_days (
  tenant_id uuid NOT NULL REFERENCES tenants,
  day date NOT NULL,
  meter text NOT NULL,
  amount bigint NOT NULL,
  PRIMARY KEY (tenant_id, day, meter)
);

CREATE TABLE charges (
  tenant_id uuid NOT NULL REFERENCES tenants,
  charge_id uuid NOT NULL,
  amount_cents integer NOT NULL CHECK (amount_cents > 0),
  currency text NOT NULL,
  state text NOT NULL CHECK (state IN ('begun', 'pending', 'succeeded', 'failed')),
  stripe_id text,
  created_by uuid NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, charge_id)
);
CREATE INDEX charges_by_stripe ON charges (tenant_id, stripe_id);

-- What vendors told. The key makes sure that nothing is done twice.
CREATE TABLE webhook_events (
  tenant_id uuid NOT NULL REFERENCES tenants,
  vendor text NOT NULL,
  event_id text NOT NULL,
  type text NOT NULL,
  payload jsonb NOT NULL,
  received_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, vendor, event_id)
);

-- What was answered under an Idempotency-Key; the owner's tenant is part of the key, of which only a hash is kept.
CREATE TABLE idempotency_keys (
  key text PRIMARY KEY,
  print text NOT NULL,
  holder text NOT NULL,
  answer json,
  until timestamptz NOT NULL
);
CREATE INDEX idempotency_keys_until ON idempotency_keys (until);
