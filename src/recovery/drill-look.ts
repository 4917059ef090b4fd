import { describeFailure, type Instant, minutes, ok, type Result } from '#kernel';
import type { Examined, StoreCopies } from '#ports';
import { within } from './calling.ts';
import type { Course } from './course.ts';
import type { Brought } from './drill-data.ts';
import type { Scratch } from './drill-scratch.ts';
import { isDeclared, type Tools } from './tools.ts';

const beatLimit = minutes(1);
const examineLimit = minutes(60);

/**
 * When the newest write was made that every store has brought back: of a store with a pulse its newest beat, of any other the
 * begin of its copy. Null: nobody can tell.
 */
export async function newestWrite(
  tools: Tools,
  scratch: Scratch,
  course: Course,
  { since }: Brought,
  signal: AbortSignal,
): Promise<Instant | null> {
  const newest: (Instant | null)[] = [];
  for (const store of restoredStores(tools, scratch)) {
    const { name } = store.spec;
    const beat = await lastBeat(tools, scratch, store, signal);
    const found = beat.ok ? (beat.value ?? since.get(name) ?? null) : null;
    const detail = beat.ok ? timeOf(found) : describeFailure(beat.error).sentence;
    course.note(`newest write in ${name}`, found !== null, detail);
    newest.push(found);
  }
  if (newest.length === 0 || newest.includes(null)) return null;
  return newest.reduce((a, b) => ((a ?? 0) < (b ?? 0) ? a : b));
}

const timeOf = (at: Instant | null) => (at === null ? 'nobody can tell' : new Date(at).toISOString());

function restoredStores(tools: Tools, { target, environment }: Scratch): readonly StoreCopies[] {
  const declared = tools.site.environment.stores.filter(isDeclared).map(({ name }) => name);
  const specs = environment.stores.filter(({ name }) => declared.includes(name));
  return specs.flatMap((spec) => target.recovery?.copies(spec) ?? []);
}

function lastBeat(
  { site }: Tools,
  { target }: Scratch,
  { spec, pulse }: StoreCopies,
  signal: AbortSignal,
): Promise<Result<Instant | null>> {
  const folder = target.recovery?.storeFolder(spec.name);
  if (pulse === null || folder === undefined) return Promise.resolve(ok(null));
  const limits = { what: `the pulse of ${spec.name}`, within: beatLimit, signal };
  return within(site.clock, limits, () => pulse.last(folder));
}

/** Looks at everything that was restored. Failure: `drill_data_broken` (facts: store, what, detail), and those of looking. */
export async function examineAll(
  tools: Tools,
  scratch: Scratch,
  course: Course,
  signal: AbortSignal,
): Promise<Result<null>> {
  for (const store of restoredStores(tools, scratch)) {
    const { name } = store.spec;
    const looked = await course.step(
      `examine ${name}`,
      () => examineOne(tools, scratch, store, signal),
      (found) => `${found.filter((each) => each.ok).length} of ${found.length} in order`,
    );
    if (!looked.ok) return looked;
    for (const { name: what, ok: isGood, detail } of looked.value)
      course.note(`${name}: ${what}`, isGood, detail);
    const broken = looked.value.find((each) => !each.ok);
    if (broken !== undefined)
      return {
        ok: false,
        error: {
          code: 'drill_data_broken',
          facts: { store: name, what: broken.name, detail: broken.detail },
        },
      };
  }
  return ok(null);
}

function examineOne(
  { site }: Tools,
  { target }: Scratch,
  store: StoreCopies,
  signal: AbortSignal,
): Promise<Result<readonly Examined[]>> {
  const { name } = store.spec;
  const folder = target.recovery?.storeFolder(name);
  if (folder === undefined) return Promise.resolve(ok([]));
  const { rows = {}, queries = {} } = site.environment.recovery?.verify[name] ?? {};
  const asked = Object.entries(queries).map(([query, { sql, expect }]) => ({ name: query, sql, expect }));
  const limits = { what: `the examination of ${name}`, within: examineLimit, signal };
  return within(site.clock, limits, (inner) =>
    store.examine({ folder, rows, queries: asked, signal: inner }),
  );
}
