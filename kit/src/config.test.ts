import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { z } from 'zod';
import { readConfig, type Sources } from './config.ts';
import {
  choice,
  count,
  duration,
  flag,
  httpProtocols,
  optional,
  optionalSecret,
  postgresProtocols,
  secret,
  setting,
  type Setting,
  share,
  text,
  url,
} from './settings.ts';

const folder = mkdtempSync(join(tmpdir(), 'kit-config-'));
const secretsFolder = join(folder, 'secrets');
const envFile = join(folder, '.env');
mkdirSync(secretsFolder);
afterAll(() => rmSync(folder, { recursive: true }));

const key = 'a-key-of-25-characters-ab';
const address = 'postgres://app:h%3Anter2-long@db:5432/app';
const nowhere: Sources = { envFile: null, secretsFolder: null };

test.each<[string, Setting<unknown>, string | undefined, unknown]>([
  ['a text', text('A'), 'x', 'x'],
  ['a text with blanks', text('A'), ' x ', ' x '],
  ['a missing text', text('A', 'else'), undefined, 'else'],
  ['an empty text', text('A', 'else'), '', 'else'],
  ['a text that may be missing', text('A', null), undefined, null],
  ['a secret', secret('A'), key, key],
  ['a secret that may be missing', optionalSecret('A'), undefined, null],
  ['an address', url('A', postgresProtocols), address, address],
  ['a whole number', count('A', { least: 1, most: 9 }), '9', 9],
  ['a share', share('A', 0.5), '0.25', 0.25],
  ['a flag', flag('A', false), 'true', true],
  ['a choice', choice('A', ['red', 'green']), 'green', 'green'],
  ['a time', duration('A'), '5m', 300_000],
  ['a bare time', duration('A'), '250', 250],
  ['an optional number', optional(count('A', { least: 1, most: 9 })), undefined, null],
  [
    'a schema',
    setting(
      'A',
      z.string().transform((list) => list.split(',')),
    ),
    'a,b',
    ['a', 'b'],
  ],
])('%s is read', (_, one, given, value) => {
  expect(readConfig({ one }, { ...nowhere, env: { A: given } })).toMatchObject({
    ok: true,
    values: { one: value },
  });
});

test.each<[string, Setting<unknown>, string | undefined, string]>([
  ['missing text', text('A'), undefined, 'A is missing in the environment: write a text.'],
  ['blank text', text('A'), '  ', 'A is missing in the environment: write a text.'],
  [
    'short secret',
    secret('A'),
    'hunter2',
    'A has a value of 7 characters in the environment: write at least 16 characters.',
  ],
  [
    'short optional secret',
    optionalSecret('A'),
    'hunter2',
    'A has a value of 7 characters in the environment: write at least 16 characters.',
  ],
  [
    'wrong protocol',
    url('A', httpProtocols),
    'ftp://x',
    'A is "ftp://x" in the environment: write an address that begins with http:// or https://.',
  ],
  [
    'hidden address',
    url('A', postgresProtocols),
    'mysql://u:p@h',
    'A has a value of 13 characters in the environment: write an address that begins with postgres:// or postgresql://.',
  ],
  [
    'too large',
    count('A', { least: 1, most: 9 }),
    '10',
    'A is "10" in the environment: write a whole number from 1 to 9.',
  ],
  [
    'no whole number',
    count('A', { least: 1, most: 9 }),
    '1.5',
    'A is "1.5" in the environment: write a whole number from 1 to 9.',
  ],
  ['no share', share('A'), '2', 'A is "2" in the environment: write a number from 0 to 1.'],
  ['no flag', flag('A'), 'yes', 'A is "yes" in the environment: write true or false.'],
  [
    'no choice',
    choice('A', ['red', 'green']),
    'Red',
    'A is "Red" in the environment: write one of red, green.',
  ],
  [
    'no time',
    duration('A'),
    '5 min',
    'A is "5 min" in the environment: write a time such as 500ms, 30s, 5m, 24h or 7d.',
  ],
  ['wrong optional', optional(flag('A')), 'x', 'A is "x" in the environment: write true or false.'],
  [
    'a schema says no',
    setting('A', z.string().regex(/^\d+$/, 'digits only')),
    'x',
    'A is "x" in the environment: write what is expected (digits only).',
  ],
])('%s is one sentence', (_, one, given, sentence) => {
  const config = readConfig({ one }, { ...nowhere, env: { A: given } });
  expect(config).toMatchObject({ ok: false, problems: [sentence] });
});

test('a secret that its own schema repeats is hidden in the sentence', () => {
  const schema = z.string().superRefine((value, context) => context.addIssue(`${value} is no key`));
  const config = readConfig(
    { one: setting('A', schema, { secret: true }) },
    { ...nowhere, env: { A: 'hunter2' } },
  );
  expect(JSON.stringify(config.ok ? [] : config.problems)).not.toContain('hunter2');
});

test('the environment goes before the file, and the file before the folder of secrets', () => {
  const settings = { a: text('A'), b: text('B'), c: secret('C'), d: text('D') };
  writeFileSync(envFile, 'A=file\nB="file"\n# D=comment\n');
  for (const name of ['A', 'B', 'c']) writeFileSync(join(secretsFolder, name), `${key}\n`);
  const config = readConfig(settings, { env: { A: 'environment' }, envFile, secretsFolder });
  expect(config).toMatchObject({
    ok: false,
    problems: [
      `D is missing in the environment, the file ${envFile} and the folder ${secretsFolder}: write a text.`,
    ],
  });
  const { d: _, ...others } = settings;
  const read = readConfig(others, { env: { A: 'environment', SECRETS_DIR: secretsFolder }, envFile });
  expect(read).toMatchObject({ ok: true, values: { a: 'environment', b: 'file', c: key }, secrets: [key] });
});

test('what must never be shown: secrets, addresses with a password, and that password as it is written and as it is meant', () => {
  const settings = {
    a: secret('A'),
    b: url('B', postgresProtocols),
    c: url('C', httpProtocols),
    d: text('D'),
  };
  const env = { A: key, B: address, C: 'http://metrics:9090', D: 'open' };
  const { secrets } = readConfig(settings, { ...nowhere, env });
  expect(secrets.toSorted()).toEqual([key, address, 'h%3Anter2-long', 'h:nter2-long'].toSorted());
});
