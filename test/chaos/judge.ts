import type { RolloutRecord } from '#core/release';
import type { JournalEntry, Observation } from '#ports';
import { keepOld } from './declared.ts';
import type { Traced } from './mortal-target.ts';
import type { Delivery, Told } from './office.ts';

/** What is wrong with what was seen, in sentences; empty when all is as promised. */
type Complaints = readonly string[];

/** The two newest revisions of a service, and what should be left of them. */
export interface Colours {
  readonly next: Readonly<Record<string, string>>;
  readonly previous: Readonly<Record<string, string>>;
}

/** The end of a release, with the names of revisions taken out: the same after every kill. */
export function endOf({ next, previous }: Colours, seen: Observation): readonly string[] {
  const nameOf = (service: string, revision: string) =>
    revision === next[service] ? 'new' : revision === previous[service] ? 'previous' : `unknown ${revision}`;
  return seen.replicas
    .map(({ service, revision, state, consuming, crashes }) => {
      const takes = consuming === null ? '' : consuming ? ' taking jobs' : ' paused';
      return `${nameOf(service, revision)} ${service} ${state}${takes}, ${crashes} crashes`;
    })
    .sort();
}

/**
 * Nothing was done twice in the world: each new revision has started exactly `replicas` processes and nothing else has
 * started any, nobody was told to end twice, a job ran once.
 */
export function doneTwice(told: readonly Told[], { next }: Colours, replicas: number): Complaints {
  const complaints: string[] = [];
  const started = told.filter(({ what }) => what === 'started');
  for (const [service, revision] of Object.entries(next)) {
    const mine = started.filter((each) => each.revision === revision);
    const names = new Set(mine.map(({ replica }) => replica));
    if (mine.length !== replicas || names.size !== replicas)
      complaints.push(
        `${service}: ${mine.length} processes of ${names.size} replicas were started for ${replicas}`,
      );
  }
  const others = started.filter(({ service, revision }) => service !== 'hook' && next[service] !== revision);
  for (const { service, replica } of others) complaints.push(`${service}: ${replica} was started again`);
  const ended = told.filter(({ what }) => what === 'told to end').map(({ replica }) => replica);
  for (const replica of new Set(ended)) {
    const times = ended.filter((each) => each === replica).length;
    if (times !== 1) complaints.push(`${replica} was told to end ${times} times`);
  }
  const hooks = told.filter(({ service }) => service === 'hook').map(({ what }) => what);
  if (hooks.length > 0 && hooks.join() !== 'started,ended') complaints.push(`the hook: ${hooks.join()}`);
  return complaints;
}

/**
 * R6. Each effect that was journaled has one result. It is begun once by each control plane at most, and by a later one only
 * where its result was not journaled yet.
 */
export function journaledWrong(
  entries: readonly JournalEntry[],
  trace: readonly Traced[],
  mayFail: boolean,
): Complaints {
  const records = entries.flatMap(({ type, at, data }) =>
    type === 'rollout' ? [{ at, record: data as unknown as RolloutRecord }] : [],
  );
  const issued = records.flatMap(({ record }) => record.effects.map(({ id }) => id));
  const results = records.flatMap(({ at, record: { event } }) =>
    event.type === 'effectDone' || event.type === 'effectFailed' || event.type === 'jobDone'
      ? [{ at, id: event.id, type: event.type }]
      : [],
  );
  return issued.flatMap((id): string[] => {
    const mine = results.filter((result) => result.id === id);
    const begun = trace.filter(({ what, key }) => what === 'begun' && key === id);
    const [result] = mine;
    if (mine.length !== 1 || result === undefined || (result.type === 'effectFailed' && !mayFail))
      return [`effect ${id} has the results ${JSON.stringify(mine)}`];
    const late = begun.filter(({ at }) => at > result.at);
    if (late.length > 0) return [`effect ${id} was begun again after its result was journaled`];
    const planes = new Set(begun.map(({ pid }) => pid));
    return begun.length === planes.size
      ? []
      : [
          `effect ${id} (${begun[0]?.effect}) was begun ${begun.length} times by ${planes.size} control planes`,
        ];
  });
}

/** R9. Nobody is told to end before the previous revisions have been kept for their time. */
export function retiredEarly(entries: readonly JournalEntry[], told: readonly Told[]): Complaints {
  const promoted = entries.find(
    ({ type, data }) => type === 'rollout' && (data as unknown as RolloutRecord).phase === 'promoted',
  );
  const until = (promoted?.at ?? Infinity) + keepOld;
  return told.flatMap(({ what, replica, at }) =>
    what === 'told to end' && at < until ? [`${replica} was told to end ${until - at} ms too early`] : [],
  );
}

/** Codes of the failures that the journal and the control planes tell of, each once. */
export function failuresTold(entries: readonly JournalEntry[], trace: readonly Traced[]): readonly string[] {
  const journaled = entries.flatMap(({ type, data }) => {
    const event = type === 'rollout' ? (data as unknown as RolloutRecord).event : null;
    return event?.type === 'effectFailed' ? [event.failure.code] : [];
  });
  const reported = trace.flatMap(({ detail }) => /"code":"(\w+)"/.exec(detail)?.[1] ?? []);
  return [...new Set([...journaled, ...reported])].sort();
}

/**
 * R14. From the end of one `consume` of a revision to the beginning of the next one, no more than so many of its replicas take
 * jobs, and none before the first one. After a pause, none is under way either. No job is lost or given out twice.
 */
export function workedWrong(deliveries: readonly Delivery[], trace: readonly Traced[]): Complaints {
  const complaints = deliveries.flatMap(({ job, revision, doneAt }) =>
    doneAt === null ? [`job ${job} of ${revision} was never done`] : [],
  );
  for (const revision of new Set(deliveries.map((each) => each.revision))) {
    const asks = trace.filter(
      ({ effect, ask }) => effect === 'consume' && consumeOf(ask).revision === revision,
    );
    const mine = deliveries.filter((each) => each.revision === revision);
    for (const { from, until, active } of periodsOf(asks)) {
      const inside = mine.filter(
        ({ takenAt, doneAt }) => takenAt < until && (active === 0 ? (doneAt ?? Infinity) : takenAt) > from,
      );
      const takers = new Set(inside.map(({ replica }) => replica));
      if (takers.size > active)
        complaints.push(
          `${revision}: ${takers.size} replicas took ${inside.length} jobs where ${active} may`,
        );
    }
  }
  return complaints;
}

const consumeOf = (ask: unknown) => ask as { readonly revision: string; readonly active: number };

function periodsOf(asks: readonly Traced[]) {
  const settled = asks.filter(({ what }) => what === 'done');
  const begun = asks.filter(({ what }) => what === 'begun');
  const first = { from: 0, until: begun[0]?.at ?? Infinity, active: 0 };
  const later = settled.map(({ at, ask }) => ({
    from: at,
    until: begun.find((next) => next.at > at)?.at ?? Infinity,
    active: consumeOf(ask).active,
  }));
  return [first, ...later];
}
