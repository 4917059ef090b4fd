import { type LogRecord, planRestore, type RestorePlan } from '#core/recovery';
import { fail, ok, type Result, Thrown } from '#kernel';
import type { Content, RestoreSource, RestoreTarget } from '#ports';
import type { Catalogue } from './catalogue.ts';
import type { Tools } from './tools.ts';

export interface Planned {
  readonly plan: RestorePlan;
  readonly source: RestoreSource;
}

/** Finds in the repository what brings a store back to the target. Failures: those of `planRestore` and of the repository. */
export async function planFrom(
  tools: Pick<Tools, 'catalogue'>,
  ask: {
    readonly of: string;
    readonly target: RestoreTarget;
    readonly copy: string | null;
    readonly signal: AbortSignal;
  },
): Promise<Result<Planned>> {
  const { catalogue } = tools;
  const { of, target, copy, signal } = ask;
  const all = await catalogue.copies(signal);
  if (!all.ok) return all;
  const copies = all.value.filter((each) => each.of === of);
  const log = await catalogue.log(of, signal);
  if (!log.ok) return log;
  const histories = await historiesOf(tools, log.value, signal);
  if (!histories.ok) return histories;
  const plan = planRestore({ of, target, copy, copies, log: log.value, histories: histories.value });
  if (!plan.ok) return plan;
  return ok({ plan: plan.value, source: catalogue.source(plan.value.copy, plan.value.log, signal) });
}

/** A copy of something (null: the newest) with all of the log behind it. Failures: those of `planFrom`. */
export async function latestSource(
  catalogue: Catalogue,
  of: string,
  copy: string | null,
  signal: AbortSignal,
): Promise<Result<RestoreSource>> {
  const planned = await planFrom({ catalogue }, { of, target: { kind: 'latest' }, copy, signal });
  return planned.ok ? ok(planned.value.source) : planned;
}

/** A history file has some hundred bytes. */
const mostBytes = 1_048_576;

/** What the history files of the log say: which timeline came from which. */
export async function historiesOf(
  { catalogue }: Pick<Tools, 'catalogue'>,
  log: readonly LogRecord[],
  signal: AbortSignal,
): Promise<Result<Readonly<Record<string, string>>>> {
  const histories: Record<string, string> = {};
  for (const record of log.filter(({ name }) => name.endsWith('.history')))
    histories[record.name] = await textOf(catalogue.readPiece(record, signal));
  return ok(histories);
}

async function textOf(content: Content): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of content) {
    bytes += chunk.length;
    if (bytes > mostBytes) throw new Thrown(fail('recovery_history_too_long', { bytes }).error);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
