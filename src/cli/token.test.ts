import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { afterEach, describe, expect, test } from 'vitest';
import { createAccess } from '#server';
import { createMemoryStore } from '#store';
import { instant, ok } from '#kernel';
import { runCommandLine } from './program.ts';
import type { World } from './world.ts';

const key = 'k'.repeat(64);
const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** The command line before the access of a control plane that listens. */
async function aPlace(terminal = false) {
  const clock = { now: () => instant(Date.UTC(2026, 10, 22, 6)), sleep: async () => {} };
  const app = new Hono();
  const access = createAccess({
    store: createMemoryStore({ clock }),
    clock,
    bytes: randomBytes,
    key: () => key,
    user: 'ann',
    origin: 'http://127.0.0.1:4040',
    system: 'shop',
  });
  app.use(access.identify);
  access.routes(app);
  const address = await new Promise<string>((resolve) => {
    const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }: AddressInfo) =>
      resolve(`http://127.0.0.1:${port}`),
    );
    closing.push(() => server.close());
  });
  const said: string[] = [];
  const complained: string[] = [];
  const world = {
    clock,
    cwd: '/shop',
    user: 'ann',
    terminal,
    interrupted: new AbortController().signal,
    print: (text: string) => said.push(text),
    complain: (text: string) => complained.push(text),
    progress: () => {},
    connect: async () => ok({ address, token: key }),
  } as unknown as World;
  async function fairway(line: string) {
    said.length = 0;
    complained.length = 0;
    const exit = await runCommandLine(line.split(' '), world, '0.0.0');
    return { exit, said: said.join('\n'), complained: complained.join('\n') };
  }
  const me = async (headers: Readonly<Record<string, string>>) =>
    (await (await fetch(`${address}/v1/access`, { headers })).json()) as Record<string, unknown>;
  return { fairway, me, address };
}

describe('fairway token', () => {
  test('makes one that is good, alone on the standard output', async () => {
    const { fairway, me } = await aPlace();
    const { exit, said, complained } = await fairway('token create ci --role deployer --days 7');
    expect(exit).toBe(0);
    expect(said).toMatch(/^fw_[\w-]{43}$/);
    expect(complained).toMatch(/^ci, deployer, good until 2026-11-29 /);
    expect(complained).not.toContain('fw_');
    expect(await me({ authorization: `Bearer ${said}` })).toMatchObject({
      name: 'ci',
      role: 'deployer',
      via: 'token',
    });
  });

  test('names the roles in which an approver agrees', async () => {
    const { fairway, me } = await aPlace();
    const line = 'token create maria --role approver --approves owner --approves risk-manager';
    const { said, complained } = await fairway(line);
    expect(complained).toMatch(/^maria, approver as owner, risk-manager, good until /);
    expect(await me({ authorization: `Bearer ${said}` })).toMatchObject({
      approves: ['owner', 'risk-manager'],
    });
    expect((await fairway('token list')).said).toMatch(/^maria +approver as owner, risk-manager /m);
    const refused = await fairway('token create eve --role viewer --approves owner');
    expect(refused.complained).toContain('only the role approver has them');
  });

  test('lists them without what is secret, and revokes by name or id', async () => {
    const { fairway, me } = await aPlace();
    const { said: first } = await fairway('token create ci --role deployer');
    const made = JSON.parse((await fairway('token create eve --role admin --no-end --json')).said) as Record<
      string,
      string
    >;
    const { said: list } = await fairway('token list');
    expect(list).toMatch(
      /^ci +deployer +[0-9a-f]{16} +2026-11-22 .* by ann +good until 2027-02-20 .* never$/m,
    );
    expect(list).toMatch(/^eve +admin .* good until it is revoked +never$/m);
    expect(list).not.toContain('fw_');
    expect((await fairway('token revoke ci')).said).toBe('ci is revoked');
    expect((await fairway(`token revoke ${made['id']} --json`)).said).toBe(
      JSON.stringify({ id: made['id'], name: 'eve', revoked: true }),
    );
    for (const secret of [first, String(made['token'])])
      expect(await me({ authorization: `Bearer ${secret}` })).toMatchObject({ code: 'not_allowed' });
    expect((await fairway('token revoke ci')).said).toBe('ci was revoked before');
    const states = JSON.parse((await fairway('token list --json')).said) as { state: string }[];
    expect(states.map(({ state }) => state)).toEqual(['revoked', 'revoked']);
  });

  test('revokes the good one of a name that was used before', async () => {
    const { fairway, me } = await aPlace();
    await fairway('token create ci --role viewer');
    await fairway('token revoke ci');
    const { said } = await fairway('token create ci --role viewer');
    await fairway('token revoke ci');
    expect(await me({ authorization: `Bearer ${said}` })).toMatchObject({ code: 'not_allowed' });
  });

  test.each([
    'token create ci',
    'token create ci --role boss',
    'token create ci --role viewer --days 0',
    'token create ci --role viewer --days 3651',
    'token create',
    'token revoke',
  ])('does not understand "%s"', async (line) => {
    expect((await (await aPlace()).fairway(line)).exit).toBe(2);
  });

  test('knows no token of another name, and no two good ones of the same', async () => {
    const { fairway } = await aPlace();
    expect((await fairway('token list')).said).toBe('no tokens; "fairway token create" makes one');
    expect((await fairway('token revoke nobody --json')).said).toContain('"code":"token_unknown"');
    await fairway('token create ci --role viewer');
    expect((await fairway('token create ci --role viewer --json')).said).toContain(
      '"code":"token_name_taken"',
    );
  });
});

describe('fairway dashboard', () => {
  test('gives a link that opens it once', async () => {
    const { fairway, address } = await aPlace();
    const { exit, said } = await fairway('dashboard');
    expect(exit).toBe(0);
    expect(said).toMatch(
      /^dashboard: http:\/\/127\.0\.0\.1:4040\/#code=[\w-]{43}\n +it opens once, until \d\d:\d\d:\d\d$/,
    );
    const code = /#code=([\w-]+)/.exec(said)?.[1];
    const open = () =>
      fetch(`${address}/v1/access/session`, { method: 'POST', body: JSON.stringify({ code }) });
    expect((await open()).status).toBe(200);
    expect(await (await open()).json()).toMatchObject({ code: 'link_used' });
    const json = JSON.parse((await fairway('dashboard --json')).said) as Record<string, unknown>;
    expect(Object.keys(json)).toEqual(['url', 'until']);
  });
});

test.each(['token create', 'token list', 'token revoke', 'dashboard', 'serve'])(
  '"%s --help" has an example',
  async (name) => {
    const { said, exit } = await (await aPlace()).fairway(`${name} --help`);
    expect(exit).toBe(0);
    expect(said).toContain(`Example:\n  fairway ${name}`);
  },
);
