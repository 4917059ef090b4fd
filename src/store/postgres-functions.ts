/** "Fwy1": the class of our advisory locks, so that another program's locks in the same database are others. */
export const lockClass = 0x46777931;

/** The server's time in milliseconds since 1970. */
export const serverTime = 'extract(epoch FROM clock_timestamp())::float8 * 1000';

/**
 * A commit in one round trip, and so in one transaction. `entries` (chained to `previous`, the hash of the entry
 * `expected`) and `writes` are JSON of StoredEntry[] and of RowWrite[] with canonical JSON as values; null for none. JSON
 * and few arguments, because arrays cost both sides twice the time. Answers null when done, or an object: `fenced`, with
 * the lease and the time it was looked at; `behind`, with the stream's end. A row that does not fit raises FW001 (detail:
 * its place from 1, the version found), which undoes what was written before it. Relies on READ COMMITTED: each statement
 * must see what was committed while the one before waited.
 */
export const commitFunction = `
CREATE FUNCTION fairway.commit(
  to_stream text, expected bigint, previous text, new_sequence bigint, new_hash text,
  entries json, writes json, fence_lease text, fence_epoch bigint, writer_time float8
) RETURNS json LANGUAGE plpgsql AS $function$
DECLARE
  held record;
  looked_at float8;
  present record;
  write record;
  place integer := 0;
  found_version bigint;
BEGIN
  IF fence_lease IS NOT NULL THEN
    -- shared by commits, taken alone by put_lease: a lease changes hands before a commit or after it, never within
    PERFORM pg_advisory_xact_lock_shared(${lockClass}, hashtext(fence_lease));
    looked_at := coalesce(writer_time, ${serverTime});
    SELECT l.owner, l.epoch, l.expires INTO held FROM fairway.lease l WHERE l.name = fence_lease;
    IF held.epoch IS DISTINCT FROM fence_epoch OR held.owner IS NULL OR looked_at >= held.expires THEN
      RETURN json_build_object('outcome', 'fenced', 'lease', CASE WHEN FOUND THEN row_to_json(held) END,
        'now', looked_at);
    END IF;
  END IF;

  -- the row of the stream's end is what commits to one stream queue for; one without entries takes it as well
  IF expected = 0 THEN
    INSERT INTO fairway.stream AS s (name, sequence, hash) VALUES (to_stream, new_sequence, new_hash)
      ON CONFLICT (name) DO UPDATE SET sequence = new_sequence, hash = new_hash
      WHERE s.sequence = 0 AND s.hash = previous;
  ELSE
    UPDATE fairway.stream s SET sequence = new_sequence, hash = new_hash
      WHERE s.name = to_stream AND s.sequence = expected AND s.hash = previous;
  END IF;
  IF NOT FOUND THEN
    SELECT s.sequence, s.hash INTO present FROM fairway.stream s WHERE s.name = to_stream;
    RETURN json_build_object('outcome', 'behind', 'head', CASE WHEN FOUND THEN row_to_json(present) END);
  END IF;

  IF entries IS NOT NULL THEN
    INSERT INTO fairway.entry (stream, sequence, at, type, data, hash)
      SELECT to_stream, e.* FROM json_to_recordset(entries)
        AS e (sequence bigint, at float8, type text, data text, hash text);
  END IF;
  IF writes IS NULL THEN
    RETURN NULL;
  END IF;
  FOR write IN SELECT * FROM json_to_recordset(writes)
    AS w (kind text, key text, expected bigint, format bigint, value text)
  LOOP
    place := place + 1;
    IF write.value IS NULL THEN
      DELETE FROM fairway.document d
        WHERE d.kind = write.kind AND d.key = write.key AND d.version = write.expected;
    ELSIF write.expected = 0 THEN
      INSERT INTO fairway.document (kind, key, version, format, value)
        VALUES (write.kind, write.key, 1, write.format, write.value) ON CONFLICT DO NOTHING;
    ELSE
      UPDATE fairway.document d SET version = write.expected + 1, format = write.format, value = write.value
        WHERE d.kind = write.kind AND d.key = write.key AND d.version = write.expected;
    END IF;
    IF NOT FOUND THEN
      SELECT d.version INTO found_version FROM fairway.document d
        WHERE d.kind = write.kind AND d.key = write.key;
      found_version := coalesce(found_version, 0);
      IF found_version <> write.expected THEN
        RAISE 'a row does not fit' USING ERRCODE = 'FW001', DETAIL = place || ' ' || found_version;
      ELSIF write.value IS NOT NULL THEN
        -- it was in the way a moment ago and is gone: begin anew
        RAISE 'a row changed meanwhile' USING ERRCODE = 'serialization_failure';
      END IF;
    END IF;
  END LOOP;
  RETURN NULL;
END $function$;`;

/** Replaces a lease if it is still the one that the decision was made on; tells whether it was. */
export const putLeaseFunction = `
CREATE FUNCTION fairway.put_lease(
  of_name text, new_owner text, new_epoch bigint, new_expires float8,
  known_owner text, known_epoch bigint, known_expires float8
) RETURNS boolean LANGUAGE plpgsql AS $function$
BEGIN
  PERFORM pg_advisory_xact_lock(${lockClass}, hashtext(of_name));
  IF known_epoch IS NULL THEN
    INSERT INTO fairway.lease (name, owner, epoch, expires)
      VALUES (of_name, new_owner, new_epoch, new_expires) ON CONFLICT DO NOTHING;
  ELSE
    UPDATE fairway.lease l SET owner = new_owner, epoch = new_epoch, expires = new_expires
      WHERE l.name = of_name AND l.epoch = known_epoch AND l.expires = known_expires
        AND l.owner IS NOT DISTINCT FROM known_owner;
  END IF;
  RETURN FOUND;
END $function$;`;
