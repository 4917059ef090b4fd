-- Run on a copy of production before anybody of staging sees it, in one transaction. What tells who somebody is goes;
-- numbers, times and how rows belong together stay, so that staging behaves as production does.
BEGIN;

UPDATE users SET
  email = 'user-' || left(md5(id::text), 12) || '@example.com',
  name = 'User ' || left(md5(id::text), 6),
  -- No password fits: who tests makes users of his own.
  password_hash = 'scrypt$16384$8$1$AAAAAAAAAAAAAAAAAAAAAA$';

-- Notes are free text, and may name anybody; only their length matters to scores.
UPDATE reflections SET note = repeat('word ', greatest(1, array_length(string_to_array(note, ' '), 1))), advice = NULL;

-- Imported files and answers to requests repeat what users wrote.
UPDATE jobs SET payload = '{}', result = NULL, failure = NULL,
  -- Without its payload none can be done.
  state = CASE WHEN state IN ('queued', 'running') THEN 'failed' ELSE state END;
UPDATE digests SET object_key = 'digests/masked';

TRUNCATE sessions, idempotency_keys, outbox, broker_keys;
UPDATE audit SET subject = split_part(subject, ' ', 1), request_id = 'masked';

COMMIT;
