import { afterEach, expect, test } from 'vitest';
import { bucketOf } from '#core/gate';
import type { Measure, Selector } from '#core/system';
import { type Instant, instant, seconds } from '#kernel';
import { type Collector, createCollector, type ReplicaSource, type RevisionReading } from '#signals';
import { endPrograms, type Program, startProgram, systemClock } from './testing/programs.ts';

afterEach(endPrograms);

const outcome = (value: string): Selector => ({
  name: 'work_total',
  matchers: [{ label: 'outcome', is: '=', value }],
});
const measure = {
  from: 'metrics',
  path: '/metrics',
  requests: [outcome('good'), outcome('bad')],
  failures: [outcome('bad')],
  latency: { name: 'work_seconds', matchers: [] },
} as const satisfies Measure;

const create = (atMost = seconds(2)) => createCollector({ clock: systemClock, epoch: 'e1', atMost });

/** A replica that is younger than the collector, unless a time of birth is given. */
function source(
  replica: string,
  program: Program,
  bornAt: Instant = instant(Date.now() + 1_000),
): ReplicaSource {
  const { port, process } = program;
  return { replica, port, process, bornAt, stillRuns: () => program.stillRuns() };
}

async function look(
  collector: Collector,
  replicas: readonly ReplicaSource[],
  declared: Parameters<Collector['look']>[0][number]['measure'] = measure,
): Promise<RevisionReading> {
  const subject = { service: 'web', measure: declared, revisions: [{ revision: 'web-1', replicas }] };
  await collector.look([subject], new AbortController().signal);
  const [reading] = collector.readings();
  if (reading === undefined) throw new Error('nothing is known of web-1');
  return reading;
}

const told = ({ counts }: RevisionReading) => counts && [counts.requests, counts.failures];
const answersIn = ({ counts }: RevisionReading, seconds: number) =>
  counts?.buckets[bucketOf(seconds * 1_000)];

test('replicas are added up, and kept apart too', async () => {
  const [a, b] = [await startProgram(), await startProgram()];
  const collector = create();
  await a.did({ requests: 10, failures: 2, seconds: 0.2 });
  await b.did({ requests: 5, seconds: 0.4 });
  const reading = await look(collector, [source('a', a), source('b', b)]);
  expect(told(reading)).toEqual([15, 2]);
  expect([answersIn(reading, 0.25), answersIn(reading, 0.5)]).toEqual([8, 5]);
  expect(reading.counts?.buckets.reduce((sum, count) => sum + count, 0)).toBe(13);
  expect(
    reading.counts?.replicas.map(({ replica, requests, failures }) => [replica, requests, failures]),
  ).toEqual([
    ['a', 10, 2],
    ['b', 5, 0],
  ]);
  expect(reading.unread).toEqual([]);
  expect(reading.counts?.epoch).toBe('e1');
});

test('a replica that began anew adds what it counts from then on, nothing is lost and nothing doubled', async () => {
  const collector = create();
  const first = await startProgram();
  await first.did({ requests: 100, failures: 10, seconds: 0.2 });
  await look(collector, [source('a', first)]);
  await first.end();
  const second = await startProgram(first.port);
  await second.did({ requests: 30, failures: 1, seconds: 0.9 });
  const reading = await look(collector, [source('a', second)]);
  expect(told(reading)).toEqual([130, 11]);
  expect([answersIn(reading, 0.25), answersIn(reading, 1)]).toEqual([90, 29]);
});

test('also where the new process has counted more than the old one before anybody looked', async () => {
  const collector = create();
  const first = await startProgram();
  await first.did({ requests: 5, failures: 5 });
  await look(collector, [source('a', first)]);
  await first.end();
  const second = await startProgram(first.port);
  await second.did({ requests: 50, failures: 6 });
  expect(told(await look(collector, [source('a', second)]))).toEqual([55, 11]);
  // Where the target cannot tell processes apart, the program's own beginning does.
  await second.end();
  const third = await startProgram(first.port);
  await third.did({ requests: 60, failures: 7 });
  const unknown = { ...source('a', third), process: second.process };
  expect(told(await look(collector, [unknown]))).toEqual([115, 18]);
});

test('a replica that is gone keeps what it had contributed', async () => {
  const [a, b] = [await startProgram(), await startProgram()];
  const collector = create();
  await a.did({ requests: 10, failures: 1 });
  await b.did({ requests: 20, failures: 2 });
  await look(collector, [source('a', a), source('b', b)]);
  await b.did({ requests: 1 });
  const reading = await look(collector, [source('b', b)]);
  expect(told(reading)).toEqual([31, 3]);
  expect(reading.counts?.replicas.map(({ replica }) => replica)).toEqual(['b']);
  expect(told(await look(collector, []))).toEqual([31, 3]);
});

test('what a replica had counted before this process began is history', async () => {
  const old = await startProgram();
  await old.did({ requests: 1_000, failures: 900 });
  const collector = create();
  const born = instant(Date.now() - 60_000);
  expect(told(await look(collector, [source('a', old, born)]))).toEqual([0, 0]);
  await old.did({ requests: 7, failures: 1 });
  const reading = await look(collector, [source('a', old, born)]);
  expect(told(reading)).toEqual([7, 1]);
  expect(reading.counts?.buckets.reduce((sum, count) => sum + count, 0)).toBe(6);
});

test('a replica that cannot be read is not measured: no zeros, and the last reading stands', async () => {
  const [a, b] = [await startProgram(), await startProgram()];
  const collector = create();
  await a.tell('/break');
  const never = await look(collector, [source('a', a)]);
  expect([never.counts, never.at]).toEqual([null, null]);
  expect(never.unread).toMatchObject([
    { replica: 'a', failure: { code: 'metrics_refused', facts: { status: 500 } } },
  ]);

  await b.did({ requests: 5 });
  const partly = await look(collector, [source('a', a), source('b', b)]);
  expect(told(partly)).toEqual([5, 0]);
  expect(partly.counts?.replicas.map(({ replica }) => replica)).toEqual(['b']);
  expect(partly.unread.map(({ replica, since }) => [replica, since])).toEqual([
    ['a', never.unread[0]?.since],
  ]);

  await b.tell('/break');
  await b.did({ requests: 5 });
  const stands = await look(collector, [source('a', a), source('b', b)]);
  expect([told(stands), stands.at, stands.unread.length]).toEqual([[5, 0], partly.at, 2]);
  await b.tell('/mend');
  expect(told(await look(collector, [source('b', b)]))).toEqual([10, 0]);
});

test.each([
  ['hangs', '/hang', 'measure_too_late'],
  ['sends elsewhere', '/away', 'metrics_refused'],
] as const)('a page that %s fails', async (_, mode, code) => {
  const program = await startProgram();
  await program.tell(mode);
  const before = performance.now();
  const reading = await look(create(seconds(0.3)), [source('a', program)]);
  expect(reading.unread[0]?.failure.code).toBe(code);
  expect(reading.counts).toBeNull();
  expect(performance.now() - before).toBeLessThan(5_000);
});

test('a replica that has ended is not there to be read', async () => {
  const program = await startProgram();
  await program.end();
  const gone = { ...source('a', program), stillRuns: () => true };
  const reading = await look(create(), [gone]);
  expect(reading.unread[0]?.failure.code).toBe('measure_unreachable');
});

test('an answer of the process that came after the one that was asked does not count as its own', async () => {
  const program = await startProgram();
  await program.did({ requests: 5 });
  const collector = create();
  const wrong = { ...source('a', program), stillRuns: () => false };
  expect((await look(collector, [wrong])).counts).toBeNull();
  expect(told(await look(collector, [source('a', program)]))).toEqual([5, 0]);
});

test.each([
  ['a name', { name: 'work_failed_total', matchers: [] }, 'metrics_counter_absent'],
  [
    'a label',
    { name: 'work_total', matchers: [{ label: 'result', is: '=', value: 'bad' }] },
    'metrics_label_absent',
  ],
] as const)('failures with %s that the page does not know are not "none"', async (_, failures, code) => {
  const program = await startProgram();
  const collector = create();
  const misspelt = { ...measure, failures: [failures] };
  expect(told(await look(collector, [source('a', program)], misspelt))).toEqual([0, 0]);
  await program.did({ requests: 10, failures: 5 });
  const reading = await look(collector, [source('a', program)], misspelt);
  expect(reading.unread[0]?.failure.code).toBe(code);
  expect(told(reading)).toEqual([0, 0]);
});

test('where other counters are declared, what they have counted so far is history', async () => {
  const program = await startProgram();
  const collector = create();
  await program.did({ requests: 10, failures: 5 });
  expect(told(await look(collector, [source('a', program)]))).toEqual([10, 5]);
  const other = { ...measure, requests: [{ name: 'work_seconds_count', matchers: [] }] };
  const born = instant(Date.now() - 60_000);
  expect(told(await look(collector, [source('a', program, born)], other))).toEqual([10, 5]);
  await program.did({ requests: 3, failures: 1 });
  expect(told(await look(collector, [source('a', program, born)], other))).toEqual([12, 6]);
});
