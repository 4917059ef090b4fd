-- The audit is kept when a user asks to be deleted. So it never holds who somebody is: its user_id is a pseudonym, and the
-- only row that leads from a person to it goes with the person.
CREATE TABLE audit_subjects (
  user_id text PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
  pseudonym uuid NOT NULL UNIQUE DEFAULT gen_random_uuid()
);

CREATE TABLE trading_audit (
  user_id uuid NOT NULL,
  sequence integer NOT NULL CHECK (sequence > 0),
  at timestamptz NOT NULL,
  action text NOT NULL,
  -- Text, not jsonb: the hash is over these very characters.
  details text NOT NULL,
  previous_hash text NOT NULL,
  hash text NOT NULL,
  PRIMARY KEY (user_id, sequence)
);

-- An entry continues the chain of its subject, or it is not taken.
CREATE FUNCTION audit_continues() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  last_sequence integer := 0;
  last_hash text := '';
BEGIN
  SELECT sequence, hash INTO last_sequence, last_hash
    FROM trading_audit WHERE user_id = NEW.user_id ORDER BY sequence DESC LIMIT 1;
  IF NEW.sequence <> coalesce(last_sequence, 0) + 1 OR NEW.previous_hash <> coalesce(last_hash, '') THEN
    RAISE EXCEPTION 'the entry does not continue the audit' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER audit_continues BEFORE INSERT ON trading_audit
  FOR EACH ROW EXECUTE FUNCTION audit_continues();

-- What is written stays. The trigger holds for the owner of the table too, whom REVOKE alone does not stop.
CREATE FUNCTION audit_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the trading audit is append-only' USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER audit_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON trading_audit
  FOR EACH STATEMENT EXECUTE FUNCTION audit_stays();
REVOKE UPDATE, DELETE, TRUNCATE ON trading_audit FROM PUBLIC;
REVOKE UPDATE, DELETE, TRUNCATE ON trading_audit FROM CURRENT_USER;
