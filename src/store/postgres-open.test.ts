import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { instant, seconds } from '#kernel';
import { openPostgresStore } from './postgres.ts';
import { startServer, type TestServer } from './postgres-server.fixture.ts';

describe('opening a Postgres store', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer();
  });
  beforeEach(() => server.empty());
  afterAll(() => server.dispose());

  const shown = () => {
    const { host, pathname } = new URL(server.url);
    return `postgres://${host}${pathname}`;
  };
  const outcome = async (url = server.url) => {
    const result = await openPostgresStore({ url });
    if (result.ok) await result.value.close();
    return result.ok ? 'opened' : result.error;
  };

  it('refuses the schema of a newer format and leaves it as it is', async () => {
    expect(await outcome()).toBe('opened');
    await server.query('UPDATE fairway.format SET format = 7');
    expect(await outcome()).toEqual({
      code: 'store_format_newer',
      facts: { file: shown(), found: 7, known: 1 },
    });
    expect(await server.query('SELECT format FROM fairway.format')).toEqual([{ format: 7 }]);
  });

  it('takes an empty schema that an administrator made, and none that another program filled', async () => {
    await server.query('CREATE SCHEMA fairway');
    expect(await outcome()).toBe('opened');
    await server.empty();
    await server.query('CREATE SCHEMA fairway; CREATE TABLE fairway.entry (id integer)');
    expect(await outcome()).toMatchObject({ code: 'store_unreadable', facts: { file: shown() } });
  });

  it('begins again when it was broken off before', async () => {
    await server.query('CREATE SCHEMA fairway; CREATE TABLE fairway.format (one boolean, format integer)');
    await server.query('INSERT INTO fairway.format VALUES (true, 0)');
    expect(await outcome()).toBe('opened');
    expect(await outcome()).toBe('opened');
  });

  it('never shows the password', async () => {
    const { port, password } = new URL(server.url);
    const wrong = server.url.replace(password, 'my-secret');
    const addresses: readonly (readonly [string, string])[] = [
      [wrong, 'store_unavailable'],
      [wrong.replace(`:${port}`, ':1'), 'store_unavailable'],
      [wrong.replace('127.0.0.1', 'no-such-host.invalid'), 'store_unavailable'],
      [`${wrong}?sslmode=verify-full`, 'store_unavailable'],
      [`${wrong}?sslmode=verify-full&sslrootcert=/no/such/file`, 'store_unavailable'],
      [`${wrong.replace(':my-secret', '')}?password=my-secret`, 'store_unavailable'],
      [`mysql://app:my-secret@127.0.0.1:${port}/shop`, 'store_url_invalid'],
      [`postgres://app:my-secret@127.0.0.1:port/shop`, 'store_url_invalid'],
      [`postgres://app:my-secret:${port}/shop`, 'store_url_invalid'],
      [`postgres://app:12/my-secret@127.0.0.1:${port}/shop`, 'store_url_invalid'],
      [`postgres://app:12?my-secret@127.0.0.1:${port}/shop`, 'store_url_invalid'],
      [`postgres://app:12#my-secret@127.0.0.1:${port}/shop`, 'store_url_invalid'],
      ['my-secret', 'store_url_invalid'],
      ['', 'store_url_invalid'],
    ];
    for (const [url, code] of addresses) {
      const refused = await outcome(url);
      expect(refused, url).toMatchObject({ code });
      expect(JSON.stringify(refused)).not.toContain('my-secret');
    }
    const { hostname } = new URL(server.url);
    const closed = await openPostgresStore({ url: server.url });
    if (!closed.ok) throw new Error(closed.error.code);
    await closed.value.close();
    const late = await closed.value.acquire('l', 'me', seconds(1), instant(0));
    expect(late).toMatchObject({ error: { facts: { store: expect.stringContaining(hostname) as string } } });
    expect(JSON.stringify(late)).not.toContain(password);
  });

  it('waits for the disk at every commit even where the database would not', async () => {
    await server.query('ALTER ROLE app SET synchronous_commit = off');
    const store = await openPostgresStore({ url: server.url, connections: 1 });
    if (!store.ok) throw new Error(store.error.code);
    await server.query('ALTER ROLE app RESET synchronous_commit');
    await server.query(`CREATE FUNCTION fairway.waits() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN NEW.type := current_setting('synchronous_commit'); RETURN NEW; END $$`);
    await server.query(
      'CREATE TRIGGER waits BEFORE INSERT ON fairway.entry FOR EACH ROW EXECUTE FUNCTION fairway.waits()',
    );
    await store.value.commit({
      stream: 's',
      expected: 0,
      entries: [{ type: 'asked', at: instant(0), data: null }],
      rows: [],
      fence: null,
    });
    expect(await store.value.last('s')).toMatchObject({ type: 'on' });
    await store.value.close();
  });
});
