import { type Failure, fail, millis, ok, type Result } from '#kernel';
import type { EffectContext } from '#ports';
import { exponential } from './draws.ts';
import { type Fate, fateOf, timeLeft } from './faults.ts';
import { note, type Site, violated } from './state.ts';

/** An effect in words: which kind it is and what exactly is asked for. */
export interface Words {
  readonly kind: string;
  readonly what: string;
  /** Done each time it is asked for: what opens and closes is no part of a rollout, and its key comes again. */
  readonly always?: boolean;
}

const slowFactor = 40;
const duplicateWithin = 60_000;

/**
 * One effect from asking to answer, with whatever chance has in store for it: refused, held up, slow, done while the answer
 * is lost, done again by the wire. Failures: `cancelled`, `fenced` (facts: fence, highest), `target_busy` (facts: what), and
 * those of the deed.
 */
export async function performEffect<T>(
  site: Site,
  words: Words,
  context: EffectContext,
  deed: () => Promise<Result<T>>,
): Promise<Result<T>> {
  const admitted = admit(site, context);
  if (admitted !== null) return { ok: false, error: admitted };
  const { clock, faults, infirmary } = site.world;
  const fate = fateOf(site.random, faults);
  if (fate.begins === 'hanging') await infirmary.wait(clock, timeLeft(clock, context), context.signal);
  await clock.sleep(duration(site, fate), context.signal);
  if (context.signal.aborted || (fate.begins === 'hanging' && timeLeft(clock, context) === 0))
    return fail('cancelled', { what: context.key });
  if (fate.begins === 'refused') return fail('target_busy', { what: context.key });
  const outcome = await doOnce(site, words, context, deed);
  if (fate.again && outcome.ok && words.always !== true) void deliverAgain(site, words, context, deed);
  if (fate.answer === 'normal' || !outcome.ok) return outcome;
  if (fate.answer === 'never') {
    await infirmary.wait(clock, timeLeft(clock, context), context.signal);
    return context.signal.aborted ? fail('cancelled', { what: context.key }) : outcome;
  }
  return fail('target_busy', { what: context.key });
}

/** Not after its signal, not from a controller that has been replaced (R6). */
export function admit(site: Site, { signal, fence, key }: EffectContext): Failure | null {
  if (signal.aborted) return { code: 'cancelled', facts: { what: key } };
  if (fence < site.highest && site.world.promises.fences)
    return { code: 'fenced', facts: { fence, highest: site.highest } };
  site.highest = Math.max(site.highest, fence);
  return null;
}

function duration(site: Site, { slow }: Fate) {
  const mean = site.world.effectMillis;
  return millis(mean / 4 + exponential(site.random, (mean * 3) / 4) * (slow ? slowFactor : 1));
}

/** The same key is the same effect: done once, and answered again from memory. */
async function doOnce<T>(
  site: Site,
  { kind, what, always = false }: Words,
  { key, fence }: EffectContext,
  deed: () => Promise<Result<T>>,
): Promise<Result<T>> {
  const { promises } = site.world;
  if (fence < site.highest) {
    if (promises.fences) return fail('fenced', { fence, highest: site.highest });
    violated(site, 'R6', `${kind} ${what} is done by epoch ${fence} after ${site.highest} was seen`);
  }
  const name = `${kind} ${key}`;
  const known = always ? undefined : site.done.get(name);
  if (known !== undefined && known.words !== what)
    violated(site, 'R6', `the key ${key} means ${kind} ${known.words} and also ${what}`);
  if (known?.words === what && promises.remembers) {
    const remembered = await known.outcome;
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the same words, so the same kind of outcome
    if (remembered.ok) return ok(remembered.value as T);
  }
  const before = site.changed;
  const outcome = deed();
  site.done.set(name, { words: what, outcome });
  const done = await outcome;
  note(site, `${kind} ${what} ${key} ${done.ok ? 'done' : done.error.code}`);
  if (!done.ok && site.done.get(name)?.outcome === outcome) site.done.forget(name);
  if (known?.words === what && done.ok && site.changed > before)
    violated(site, 'R6', `${kind} ${what} was done twice for the key ${key}, and changed the world twice`);
  return done;
}

/** The wire delivers it a second time, maybe long after; nobody waits for the answer. */
async function deliverAgain<T>(
  site: Site,
  words: Words,
  context: EffectContext,
  deed: () => Promise<Result<T>>,
): Promise<void> {
  await site.world.clock.sleep(millis(site.random() * duplicateWithin));
  await doOnce(site, words, context, deed);
}
