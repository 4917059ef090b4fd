import { mkdir } from 'node:fs/promises';
import type { StoreSpec } from '#core/system';
import { fail, hours, type Instant, ok, type Result } from '#kernel';
import type { Restored, RestoreSource } from '#ports';
import { within } from './calling.ts';
import { bringBackSecrets } from './drill-secrets.ts';
import type { Course } from './course.ts';
import { planFrom } from './planning.ts';
import type { Scratch } from './drill-scratch.ts';
import { createTogether, isAfterAnother, type Together } from './together.ts';
import { isDeclared, type Tools } from './tools.ts';

export interface Brought {
  /** Since when everything that was acknowledged before may be missing, of stores without a pulse: the begin of their copy. */
  readonly since: ReadonlyMap<string, Instant>;
  /** What is told of it although it is no failure. */
  readonly weak: readonly string[];
}

const restoreLimit = hours(6);

/** Brings the secrets and every declared store back into the scratch environment, all at once, before anything runs there. */
export async function bringBack(
  tools: Tools,
  scratch: Scratch,
  course: Course,
  signal: AbortSignal,
): Promise<Result<Brought>> {
  const { environment } = tools.site;
  const declared = environment.stores.filter(isDeclared);
  const together = createTogether(signal);
  const [secrets, ...stores] = await Promise.all([
    bringBackSecrets(tools, scratch, course, together),
    ...declared.map((spec) => bringBackStore(tools, scratch, course, spec, together)),
  ]);
  const failed = [...stores, secrets].filter((result) => !result.ok);
  const first = failed.find(({ error }) => !isAfterAnother(error)) ?? failed[0];
  if (first !== undefined) return first;
  const since = new Map(
    stores.flatMap((result) => (result.ok ? [[result.value.store, result.value.since] as const] : [])),
  );
  const weak = environment.stores
    .filter((spec) => !isDeclared(spec))
    .map(({ name }) => `No copies are declared for the store ${name}: it began empty.`);
  return ok({ since, weak });
}

interface BroughtStore {
  readonly store: string;
  readonly since: Instant;
}

async function bringBackStore(
  tools: Tools,
  scratch: Scratch,
  course: Course,
  { name, kind }: StoreSpec,
  together: Together,
): Promise<Result<BroughtStore>> {
  let since: Instant | null = null;
  const restored = await course.step(
    `restore ${name}`,
    () =>
      together.part(name, (signal, begins) => {
        const limits = { what: `the restore of ${name}`, within: restoreLimit, signal };
        return within(tools.site.clock, limits, async (inner) => {
          const target = { kind: 'latest' } as const;
          const planned = await planFrom(tools, { of: name, target, copy: null, signal: inner });
          if (!planned.ok) return planned;
          since = planned.value.source.facts.from;
          begins();
          return restoreInto(scratch, name, planned.value.source, inner);
        });
      }),
    ({ pieces }) => (kind === 'postgres' ? `its copy and ${pieces} pieces of the log` : 'its copy'),
  );
  if (!restored.ok) return restored;
  return since === null ? fail('recovery_no_copy', { of: name }) : ok({ store: name, since });
}

async function restoreInto(
  { target, environment }: Scratch,
  name: string,
  source: RestoreSource,
  signal: AbortSignal,
): Promise<Result<Restored>> {
  const { recovery } = target;
  const spec = environment.stores.find((each) => each.name === name);
  if (recovery === undefined || spec === undefined) return fail('recovery_store_unknown', { store: name });
  const folder = recovery.storeFolder(name);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const request = { source, target: { kind: 'latest' }, folder, signal, progress: () => undefined } as const;
  return recovery.copies(spec).restore(request);
}
