import { resolve } from 'node:path';
import { fail, ok, type Result } from '#kernel';
import { act, type Call } from './actions.ts';
import { complain } from './exit.ts';

export interface ReleaseFlags {
  readonly from?: string;
  /** `staging`, or one of its releases: `staging@7`. */
  readonly promote?: string;
  readonly service?: readonly string[];
  readonly strategy?: 'rolling' | 'canary' | 'blue-green';
  readonly set?: readonly string[];
  readonly note?: string;
  readonly wait: boolean;
}

/** Releases what is declared, from this folder or another place, and follows the rollout. */
export async function release(call: Call, flags: ReleaseFlags): Promise<number> {
  const { world, folder, json } = call;
  if (flags.promote !== undefined) return promote(call, flags.promote, flags);
  const set = settings(flags.set ?? []);
  if (!set.ok) return complain(world, { failure: set.error }, json);
  const from = flags.from === undefined ? ok(null) : await sourceOf(call, folder, flags.from);
  if (!from.ok) return complain(world, { failure: from.error }, json);
  const body = {
    from: from.value,
    services: flags.service ?? null,
    strategy: flags.strategy ?? null,
    set: set.value,
    note: flags.note ?? '',
  };
  return act(call, 'releases', body, { ends: 'rollout', wait: flags.wait });
}

/** Releases here what another environment has released, and follows the rollout. */
async function promote(call: Call, text: string, flags: ReleaseFlags): Promise<number> {
  const asked = promotionOf(text, flags);
  if (!asked.ok) return complain(call.world, { failure: asked.error }, call.json);
  const body = { ...asked.value, note: flags.note ?? '' };
  return act(call, 'promotions', body, { ends: 'rollout', wait: flags.wait });
}

/**
 * `staging` or `staging@7`. Failures: `promotion_not_understood` (facts: promotion); `promotion_alone` (facts: option) where
 * something else is asked for that would make it another program.
 */
export function promotionOf(
  text: string,
  flags: ReleaseFlags,
): Result<{ from: string; release: number | null }> {
  const option = (['from', 'service', 'strategy', 'set'] as const).find((name) => flags[name] !== undefined);
  if (option !== undefined) return fail('promotion_alone', { option: `--${option}` });
  const match = /^([a-z][a-z0-9-]{0,62})(?:@([1-9]\d{0,8}))?$/.exec(text);
  if (match === null) return fail('promotion_not_understood', { promotion: text });
  const [, from = '', release] = match;
  return ok({ from, release: release === undefined ? null : Number(release) });
}

/** A folder is taken as it is; anything else is a git reference. */
async function sourceOf({ world }: Call, folder: string, from: string): Promise<Result<string>> {
  const path = resolve(world.cwd, from);
  return world.isFolder(path) ? ok(path) : world.checkout(folder, from);
}

/** `edge.env.GREETING=hello` as service, key and value. Failure: `setting_not_understood` (facts: setting). */
export function settings(
  texts: readonly string[],
): Result<{ service: string; key: string; value: string }[]> {
  const parsed = [];
  for (const text of texts) {
    const match = /^([a-z][a-z0-9-]*)\.env\.([A-Za-z_][A-Za-z0-9_]*)=(.*)$/s.exec(text);
    if (match === null) return fail('setting_not_understood', { setting: text.split('=', 1)[0] ?? text });
    const [, service = '', key = '', value = ''] = match;
    parsed.push({ service, key, value });
  }
  return ok(parsed);
}
