import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { type Place, placeOf } from '../e2e/place.ts';

/** The customer service with staging's shape on this machine: see its README. */
function rehearsalPlace(): Place {
  const place = placeOf('systems/customer-service');
  renameSync(join(place.folder, 'fairway.config.ts'), join(place.folder, 'system.ts'));
  writeFileSync(
    join(place.folder, 'fairway.config.ts'),
    `import { rehearsal } from './definition/rehearsal.ts';
import system from './system.ts';

export default rehearsal(system);
`,
  );
  return place;
}

const jsonHeaders = { 'content-type': 'application/json' };

async function logIn(address: string): Promise<string> {
  const body = JSON.stringify({ email: 'agent@demo.example.com', password: 'demo-password' });
  const answer = await fetch(`${address}/auth/login`, { method: 'POST', headers: jsonHeaders, body });
  expect(answer.status).toBe(200);
  const { accessToken } = (await answer.json()) as { accessToken: string };
  return accessToken;
}

/** Writes customers one after another, each with its key until it is acknowledged, and tells how long one took at the most. */
function writer(address: string, token: string, name: string) {
  let isOver = false;
  const acknowledged: string[] = [];
  const refused = new Map<number, number>();
  let longest = 0;
  const write = async (email: string): Promise<void> => {
    const begun = performance.now();
    for (;;) {
      const answer = await fetch(`${address}/customers`, {
        method: 'POST',
        headers: { ...jsonHeaders, authorization: `Bearer ${token}`, 'idempotency-key': email },
        body: JSON.stringify({ name: email, email }),
      });
      await answer.arrayBuffer();
      if (answer.status === 201) break;
      refused.set(answer.status, (refused.get(answer.status) ?? 0) + 1);
      await wait(200);
    }
    longest = Math.max(longest, performance.now() - begun);
    acknowledged.push(email);
  };
  const done = (async () => {
    for (let turn = 0; !isOver; turn += 1) await write(`${name}-${turn}@example.com`);
  })();
  return {
    acknowledged,
    refused,
    longest: () => longest,
    async end() {
      isOver = true;
      await done;
    },
  };
}

const inStore = (place: Place, ...path: string[]) =>
  readFileSync(join(place.folder, '.fairway', 'rehearsal', 'stores', 'database', ...path), 'utf8');

/** The process of the primary: its data always lies in `home/data`. */
const primaryOf = (place: Place) => Number.parseInt(inStore(place, 'home', 'data', 'postmaster.pid'), 10);

test('the primary of the customer service is killed under writes: the standby takes over and no acknowledged write is lost', async () => {
  await using place = rehearsalPlace();
  const up = await place.fairway('up');
  expect(up.exitCode, up.output).toBe(0);
  await place.until('a standby that follows', ({ stores }) =>
    stores.some(({ address }) => address?.includes('1 of 1 standby following') ?? false),
  );
  const address = await place.address('customer-service');
  const token = await logIn(address);
  const writers = ['a', 'b', 'c', 'd'].map((name) => writer(address, token, name));
  await wait(3_000);
  const killed = primaryOf(place);
  process.kill(killed, 'SIGKILL');
  await wait(10_000);
  expect(primaryOf(place)).not.toBe(killed);
  expect(inStore(place, 'server.log')).toContain('[fairway] failover_done');
  for (const each of writers) await each.end();
  const acknowledged = writers.flatMap((each) => each.acknowledged);
  console.log(
    `${acknowledged.length} writes acknowledged; refused meanwhile ${JSON.stringify(writers.map((each) => [...each.refused]))}; the longest took ${Math.round(Math.max(...writers.map((each) => each.longest())))} ms`,
  );
  const stored = new Set<string>();
  for (const email of acknowledged) {
    const query = new URLSearchParams({ search: email });
    const found = await fetch(`${address}/customers?${query}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    if (JSON.stringify(await found.json()).includes(email)) stored.add(email);
  }
  expect(acknowledged.filter((email) => !stored.has(email))).toEqual([]);
  expect(acknowledged.length).toBeGreaterThan(50);
});
