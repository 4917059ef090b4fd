-- Lines are added, never changed: the trigger holds for the owner of the table too.
CREATE TABLE audit (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL,
  user_id text,
  correlation_id text,
  action text NOT NULL,
  subject text NOT NULL,
  plan jsonb,
  success boolean NOT NULL
);
CREATE INDEX audit_by_user ON audit (user_id, id DESC) WHERE user_id IS NOT NULL;
CREATE INDEX audit_by_time ON audit (at);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'lines of the audit log are not changed';
END
$$;
CREATE TRIGGER audit_stays BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION refuse_change();
