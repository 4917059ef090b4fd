CREATE TABLE audit (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id uuid NOT NULL UNIQUE,
  at timestamptz NOT NULL,
  actor_id uuid,
  actor text,
  action text NOT NULL,
  subject text,
  outcome text NOT NULL CHECK (outcome IN ('done', 'refused')),
  detail text,
  request_id text NOT NULL,
  address text
);
CREATE INDEX audit_by_subject ON audit (subject, seq DESC);
CREATE INDEX audit_by_actor ON audit (actor_id, seq DESC);

-- Entries are added and never changed; no foreign key, because they outlive what they tell of.
CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'entries of the audit trail are never changed or removed';
END
$$;
CREATE TRIGGER audit_is_append_only BEFORE UPDATE OR DELETE ON audit
  FOR EACH ROW EXECUTE FUNCTION audit_is_append_only();
CREATE TRIGGER audit_is_never_emptied BEFORE TRUNCATE ON audit
  FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only();
