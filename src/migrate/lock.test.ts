import { expect, test } from 'vitest';
import { eventually, useTestbed } from './testbed.fixture.ts';

const bed = useTestbed();
const slow = { 'expand/001-a.sql': 'CREATE TABLE a (id int);\nSELECT pg_sleep(2);' };
const isSleeping = async () =>
  (await bed.rows("SELECT 1 FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%' AND state = 'active'"))
    .length > 0;

test('a second runner waits for the first and finds nothing left to do', async () => {
  bed.write(slow);
  const first = bed.start('expand');
  await eventually(isSleeping, 'the first is at work');
  const second = bed.start('expand', ['--lock-timeout', '20s']);
  expect(await first.ended).toMatchObject({ code: 0 });
  expect(await second.ended).toMatchObject({ code: 0, said: 'Nothing is left to do in expand.' });
});

test('of two that begin at the same moment one applies everything', async () => {
  bed.write({
    'expand/001-a.sql': 'CREATE TABLE a (id int);',
    'expand/002-b.sql': 'INSERT INTO a VALUES (1);',
  });
  const [one, other] = await Promise.all([bed.run('expand'), bed.run('expand')]);
  expect([one.code, other.code]).toEqual([0, 0]);
  expect([one.said, other.said].filter((said) => said.includes('was applied'))).toHaveLength(1);
  expect(await bed.rows('SELECT id FROM a')).toEqual([{ id: 1 }]);
});

test('a second runner that waited long enough ends with 75 and says who is at work', async () => {
  bed.write({ 'expand/001-a.sql': 'SELECT pg_sleep(12);' });
  const first = bed.start('expand');
  await eventually(isSleeping, 'the first is at work');
  const [holder] = await bed.rows<{ pid: number; since: string }>(
    `SELECT pid, to_char(backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS since FROM pg_stat_activity WHERE application_name = 'fairway-migrate'`,
  );
  const { code, said } = await bed.run('expand', ['--lock-timeout', '300ms']);
  expect(code).toBe(75);
  expect(said).toContain(String(holder?.pid));
  expect(said).toContain(holder?.since);
  expect(said).toContain('fairway-migrate');
  first.child.kill('SIGKILL');
  await first.ended;
});

test('a runner that is killed in mid-statement frees the lock, and the next one goes on', async () => {
  bed.write({ 'expand/001-a.sql': 'CREATE TABLE a (id int);\nSELECT pg_sleep(60);' });
  const first = bed.start('expand');
  await eventually(isSleeping, 'the first is at work');
  first.child.kill('SIGKILL');
  await first.ended;
  bed.write({ 'expand/001-a.sql': 'CREATE TABLE a (id int);' });
  const begun = performance.now();
  expect(await bed.run('expand', ['--lock-timeout', '20s'])).toMatchObject({ code: 0 });
  expect(performance.now() - begun).toBeLessThan(8_000); // the server noticed; it did not sleep to its end
});

test('a connection that is ended by the server is a case for another attempt', async () => {
  bed.write(slow);
  const runner = bed.start('expand');
  await eventually(isSleeping, 'it is at work');
  await bed.rows(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'fairway-migrate'",
  );
  expect((await runner.ended).code).toBe(75);
  expect((await bed.run('expand')).code).toBe(0);
});

test('nobody at the address is a case for another attempt, a refusal is none; neither tells the password', async () => {
  bed.write({ 'expand/001-a.sql': 'SELECT 1;' });
  const secret = 'planted-password';
  const address = new URL(bed.url());
  address.password = secret;
  const refused = await bed.run('expand', [], { DATABASE_URL: address.href });
  expect(refused.code).toBe(1);
  expect(refused.said).toContain('28P01');
  address.port = '1';
  const absent = await bed.run('expand', [], { DATABASE_URL: address.href });
  expect(absent.code).toBe(75);
  expect(absent.said).toContain('ECONNREFUSED');
  address.password = '';
  address.port = new URL(bed.url()).port;
  const nameless = await bed.run('expand', [], { DATABASE_URL: address.href });
  expect(nameless.code).toBe(1);
  const wrong = await bed.run('expand', [], { DATABASE_URL: `postgres://app:${secret}@[::/x` });
  expect(wrong.code).toBe(1);
  expect([refused, absent, wrong].map(({ output }) => output).join('\n')).not.toContain(secret);
});

test.each([
  ['no phase', ['sideways', '.'], {}],
  ['an unknown option', ['expand', '.', '--force'], {}],
  ['no length of time', ['expand', '.', '--lock-timeout', 'long'], {}],
  ['no database', ['expand', '.'], { DATABASE_URL: '' }],
])('%s is wrong input', async (_, [phase = '', , ...options], env) => {
  const { code, said } = await bed.run(phase, options, env);
  expect(code).toBe(2);
  expect(said).toMatch(/<expand\|backfill\|contract> <folder>/);
});
