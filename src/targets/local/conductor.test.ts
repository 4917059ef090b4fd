import { createServer } from 'node:http';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { revisionOf } from '#core/release';
import { identify } from '#process';
import { openBook, type ReplicaRecord, type State } from './book.ts';
import { createConductor } from './conductor.ts';
import { systemClock, until, value, worker } from './testing/world.ts';

test('R6: it asks a consumer as long as its book is its own, and not once more after another took it', async () => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    response.writeHead(500).end();
  }).listen(0, '127.0.0.1');
  const folder = await mkdtemp(join(tmpdir(), 'fairway-conductor-'));
  onTestFinished(async () => {
    server.close();
    await rm(folder, { recursive: true });
  });
  await until(() => server.listening);

  const file = join(folder, 'replicas.json');
  const book = value(await openBook(file));
  value(await book.change((state) => withOne(state, (server.address() as AddressInfo).port)));
  const conductor = createConductor({ book, clock: systemClock, supervisors: new Map() });
  onTestFinished(() => conductor.stop());
  conductor.nudge();
  await until(() => asked.length >= 2);
  expect(new Set(asked)).toEqual(new Set(['POST /-/pause']));

  const other = value(await openBook(file));
  value(await other.change((state) => ({ ...state, fence: 2 })));
  await new Promise((resolve) => setTimeout(resolve, 100)); // what was on its way before is over
  const before = asked.length;
  await new Promise((resolve) => setTimeout(resolve, 700));
  expect(asked).toHaveLength(before);
});

/** One replica at work, this very process, that is to pause. */
function withOne(state: State, port: number): State {
  const revision = revisionOf(worker(), 'build', {});
  const record: ReplicaRecord = {
    replica: 'one',
    service: 'worker',
    revision: revision.id,
    createdAt: systemClock.now(),
    port,
    process: identify(process.pid),
    phase: 'serving',
    crashes: 0,
    served: true,
    role: 'active',
    limits: [],
  };
  return {
    ...state,
    revisions: { [revision.id]: revision },
    replicas: [record],
    consumers: { [revision.id]: 0 },
  };
}
