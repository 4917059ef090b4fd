import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openSecrets } from './secrets.ts';
import { createWorld, value, type World } from './testing/world.ts';

let world: World;
let file: string;
beforeEach(async () => {
  world = await createWorld();
  file = join(world.folder, 'secrets.json');
});
afterEach(() => world.end());

const open = async (variables: Record<string, string> = {}) =>
  value(await openSecrets({ file, systemFolder: world.folder, variables }));
const generated = { name: 'KEY', generateBytes: 8 };
const given = { name: 'KEY', generateBytes: null };

async function valueIn(secrets: Awaited<ReturnType<typeof open>>): Promise<string | undefined> {
  return value(secrets.present(['KEY']))['KEY'];
}

describe('secrets', () => {
  test('are generated once, in a file that only its owner reads', async () => {
    const first = await open();
    value(await first.prepare([generated]));
    expect(await valueIn(first)).toMatch(/^[0-9a-f]{16}$/);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const second = await open();
    value(await second.prepare([generated]));
    expect(await valueIn(second)).toBe(await valueIn(first));
  });

  test.each<[string, Record<string, string>, string, string]>([
    [
      'the environment before the file',
      { KEY: 'from the environment' },
      'KEY=from the file',
      'from the environment',
    ],
    ['the file before a generated one', {}, 'KEY=from the file', 'from the file'],
  ])('take %s', async (_title, variables, dotenv, expected) => {
    const before = await open();
    value(await before.prepare([generated]));
    await world.write('.env', dotenv);
    const secrets = await open(variables);
    value(await secrets.prepare([generated]));
    expect(await valueIn(secrets)).toBe(expected);
  });

  test('that must be given are missing when they are empty', async () => {
    await world.write('.env', 'KEY=');
    const missing = { ok: false, error: { code: 'secret_missing', facts: { secret: 'KEY' } } };
    expect(await (await open()).prepare([given])).toEqual(missing);
    expect(await (await open()).versions(['KEY'])).toEqual(missing);
  });

  test('have a version that changes with the value and differs between environments', async () => {
    const version = async (key: string) => value(await (await open({ KEY: key })).versions(['KEY']))['KEY'];
    const first = await version('one');
    expect(first).toMatch(/^[0-9a-f]{12}$/);
    expect(await version('two')).not.toBe(first);
    expect(await version('one')).toBe(first);
    file = join(world.folder, 'other.json');
    expect(await version('one')).not.toBe(first);
  });

  test('of ten versions back can be had, older ones are forgotten', async () => {
    const versions: Readonly<Record<string, string>>[] = [];
    for (let index = 0; index <= 10; index += 1)
      versions.push(value(await (await open({ KEY: `value ${index}` })).versions(['KEY'])));
    const secrets = await open();
    expect(secrets.values(versions[1] ?? {})).toEqual({ ok: true, value: { KEY: 'value 1' } });
    expect(secrets.values(versions[0] ?? {})).toMatchObject({
      ok: false,
      error: { code: 'secret_version_unknown' },
    });
  });

  test('asked for at once are all kept', async () => {
    const secrets = await open({ A: 'first', B: 'second' });
    const [a, b] = await Promise.all([secrets.versions(['A']), secrets.versions(['B'])]);
    expect((await open()).values({ ...value(a), ...value(b) })).toEqual({
      ok: true,
      value: { A: 'first', B: 'second' },
    });
  });
});
