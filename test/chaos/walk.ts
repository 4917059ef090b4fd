import { setTimeout as delay } from 'node:timers/promises';
import type { LoadReport } from '#load';
import {
  type Colours,
  doneTwice,
  endOf,
  failuresTold,
  journaledWrong,
  retiredEarly,
  workedWrong,
} from './judge.ts';
import type { Traced } from './mortal-target.ts';
import type { Look, Plane } from './plane.ts';
import { type Scene, until } from './scene.ts';

const replicas = 2;

/** One release under load, and what it did. */
export interface Walk {
  /** Names of the effects, in order. */
  readonly effects: readonly string[];
  /** What ran when it was promoted, and when what was before it had been retired. */
  readonly end: { readonly promoted: readonly string[]; readonly tidy: readonly string[] };
  /** What is wrong with the world and the journal. */
  readonly complaints: readonly string[];
  /** What the load lost. */
  readonly lost: readonly string[];
  /** The effect that was under way when the control plane died, and how far it was. */
  readonly killed: Traced | null;
  /** From the death of a control plane until the next one had taken over; the longest one. */
  readonly downtime: number | null;
  /** Of it: from the first line of the next one's program on. */
  readonly takeover: number | null;
  /** Effects that a later control plane began again. */
  readonly repeated: number;
  /** Codes of the failures that were told. */
  readonly told: readonly string[];
  readonly requests: number;
  readonly failed: number;
  readonly took: number;
}

/** An environment that is released to again and again: who looks after it, and what runs. */
export interface Course {
  readonly scene: Scene;
  plane: Plane;
  version: number;
  current: Readonly<Record<string, string>>;
}

/** Brings the little system up and puts load on it. */
export async function beginCourse(
  scene: Scene,
  plane: Plane,
  rate: number,
  sockets: number,
): Promise<Course> {
  const course: Course = { scene, plane, version: 1, current: {} };
  accepted(await plane.ask({ ask: 'up', request: scene.ask(1) }));
  const { tidy } = await settled(course, []);
  course.current = newOf(course, tidy);
  await scene.startLoad(scene.address(tidy), { rate, sockets });
  await delay(500);
  return course;
}

export interface Harm {
  /** Name of the effect that the control plane dies at. */
  readonly dieAt?: string;
  /** Does something else while the release goes on, may replace the plane, and says how long nobody was in charge. */
  readonly meanwhile?: (course: Course) => Promise<readonly number[]>;
  /** Whether effects may fail and be tried again. */
  readonly mayFail?: boolean;
}

/** Releases the next version, does harm to it, and waits for its end. */
export async function walk(
  course: Course,
  { dieAt, meanwhile = async () => [], mayFail = false }: Harm = {},
): Promise<Walk> {
  const { scene, current: previous } = course;
  const before = { at: Date.now(), load: scene.load(), told: scene.office.told().length };
  const jobs = scene.office.deliveries().length;
  const sequence = (await course.plane.entries(0)).at(-1)?.sequence ?? 0;
  course.version += 1;
  const request = scene.ask(course.version);
  accepted(await course.plane.ask({ ask: 'release', request, dieAt: dieAt ?? null }));
  const harmed = meanwhile(course);
  const downtimes: number[] = [];
  const { promoted, tidy } = await settled(course, downtimes);
  const deaths = [...downtimes, ...(await harmed)];
  const colours: Colours = { next: newOf(course, tidy), previous };
  course.current = colours.next;
  const given = await workDone(scene, jobs);
  const trace = scene.trace().filter(({ at }) => at >= before.at);
  const entries = await course.plane.entries(sequence);
  const after = scene.load();
  const complaints = [
    ...doneTwice(scene.office.told().slice(before.told), colours, replicas),
    ...journaledWrong(entries, trace, mayFail),
    ...retiredEarly(entries, scene.office.told().slice(before.told)),
    ...workedWrong(scene.office.deliveries().slice(jobs, given), scene.trace()),
    ...(await routedWrong(scene.address(tidy), colours)),
  ];
  const born = trace.find(({ what }) => what === 'born')?.at;
  const opened = trace.find(({ what }) => what === 'opened')?.at;
  const begun = trace.filter(({ what }) => what === 'begun');
  const keys = begun.map(({ key, effect }) => `${key} ${effect}`);
  return {
    effects: [...new Set(begun.map(({ name }) => name))],
    end: { promoted: endOf(colours, promoted.seen), tidy: endOf(colours, tidy.seen) },
    complaints,
    lost: lostBetween(before.load, after),
    killed: trace.find(({ what }) => what === 'killed') ?? null,
    downtime: deaths.length === 0 ? null : Math.max(...deaths),
    takeover: dieAt === undefined || born === undefined || opened === undefined ? null : opened - born,
    repeated: keys.length - new Set(keys).size,
    told: failuresTold(entries, trace),
    requests: after.requests.sent - before.load.requests.sent,
    failed: after.requests.failed - before.load.requests.failed,
    took: Date.now() - before.at,
  };
}

/** null: it died before it answered, which is no refusal. */
function accepted(answer: unknown): void {
  if (answer !== null && (answer as { readonly ok?: boolean }).ok !== true)
    throw new Error(`refused: ${JSON.stringify(answer)}`);
}

/** Until the version is promoted, and then until only it runs. A dead control plane is replaced at once. */
async function settled(course: Course, downtimes: number[]): Promise<{ promoted: Look; tidy: Look }> {
  const { scene, version } = course;
  let last: Look | null = null;
  let promoted: Look | null = null;
  const tell = () => ({ replicas: last?.seen.replicas, trace: scene.trace().slice(-8) });
  const tidy = await until(
    `version ${version} is promoted and alone`,
    async () => {
      if (course.plane.isDead()) {
        const died = await course.plane.died;
        course.plane = await scene.plane(course.plane.owner);
        downtimes.push(Date.now() - died);
        await releaseAgain(course);
      }
      last = await course.plane.look();
      if (last?.leads !== true || last.row === null || last.row.rollout !== null || last.row.opening !== null)
        return null;
      const { row, seen } = last;
      if (row.lastRelease === version && row.good.at(-1) !== version)
        throw new Error(`version ${version} was not promoted: ${await lastWords(course)}`);
      if (row.good.at(-1) !== version || seen.replicas.some(({ state }) => state === 'starting')) return null;
      promoted ??= last;
      return seen.replicas.length === 2 * replicas ? last : null;
    },
    60,
    tell,
  );
  return { promoted: promoted ?? tidy, tidy };
}

/** A release that died with its control plane before it was accepted is asked for again, as a person would. */
async function releaseAgain({ plane, scene, version }: Course): Promise<void> {
  const look = await plane.look();
  if (look?.row != null && look.row.lastRelease < version)
    accepted(await plane.ask({ ask: 'release', request: scene.ask(version), dieAt: null }));
}

async function lastWords({ plane }: Course): Promise<string> {
  const entries = await plane.entries(0);
  return JSON.stringify(entries.slice(-4).map(({ type, data }) => [type, data])).slice(0, 4_000);
}

function newOf({ current }: Course, { seen }: Look): Readonly<Record<string, string>> {
  const known = Object.values(current);
  const newest = seen.replicas.filter(({ revision }) => !known.includes(revision));
  return Object.fromEntries(newest.map(({ service, revision }) => [service, revision]));
}

/** The office gives out jobs all the time: waits for those given out until now, and says how many that are. */
async function workDone({ office }: Scene, from: number): Promise<number> {
  const now = office.deliveries().length;
  await until(
    'the jobs are done',
    () =>
      office
        .deliveries()
        .slice(from, now)
        .every(({ doneAt }) => doneAt !== null),
    30,
  ).catch(() => undefined);
  return now;
}

function lostBetween(before: LoadReport, after: LoadReport): readonly string[] {
  const failed = after.requests.failed - before.requests.failed;
  const unsent = after.requests.unsent;
  const cut = after.sockets.abnormal - before.sockets.abnormal;
  const notOpened = after.sockets.notOpened - before.sockets.notOpened;
  const samples = after.samples.slice(before.samples.length);
  const told = JSON.stringify({ failures: after.failures, samples });
  return [
    ...(failed > 0 ? [`${failed} requests failed: ${told}`] : []),
    ...(unsent > 0 ? [`${unsent} requests were never sent`] : []),
    ...(cut > 0 ? [`${cut} WebSockets were cut: ${told}`] : []),
    ...(notOpened > 0 ? [`${notOpened} WebSockets were not opened: ${told}`] : []),
  ];
}

/** All requests go to the new revision, by the router's own answers. */
async function routedWrong(address: string, { next }: Colours): Promise<readonly string[]> {
  const answers = await Promise.all(
    Array.from({ length: 20 }, async () => (await fetch(address)).headers.get('x-fairway-revision')),
  );
  const others = answers.filter((revision) => revision !== next['web']);
  return others.length === 0 ? [] : [`${others.length} of 20 requests at the end went to ${others.join()}`];
}
