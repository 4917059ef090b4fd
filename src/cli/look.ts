import type { ExplainView, HistoryItem, PlanView, ProbeView, StatusView } from '#api';
import type { Call } from './actions.ts';
import { complain, exitCodes } from './exit.ts';
import { explainLines, historyLines } from './show-history.ts';
import { planLines, probeLines } from './show-plan.ts';
import { statusLines } from './show-status.ts';

type Looking = 'plan' | 'status' | 'history' | 'explain' | 'probe';

export interface LookOptions {
  readonly release?: number | undefined;
  readonly strategy?: string | undefined;
  /** Also what is worth a line only while one watches. */
  readonly all?: boolean | undefined;
}

/** Commands that change nothing: ask, print. `probe` fails when a check is not green. */
export async function look(call: Call, what: Looking, options: LookOptions = {}): Promise<number> {
  const { world, client, environment, json } = call;
  const { release, strategy, all = false } = options;
  const query = new URLSearchParams();
  if (release !== undefined) query.set('release', String(release));
  if (strategy !== undefined) query.set('strategy', strategy);
  const path = `/v1/environments/${environment}/${what}?${query.toString()}`;
  const answer = await (what === 'probe' ? client.post<unknown>(path, {}) : client.get<unknown>(path));
  if (!answer.ok) return complain(world, answer.error, json);
  if (json) world.print(JSON.stringify(answer.value));
  else for (const line of linesOf(what, answer.value, all, world.clock.now())) world.print(line);
  const failed = what === 'probe' && (answer.value as ProbeView[]).some((view) => view.green !== true);
  return failed ? exitCodes.failed : exitCodes.done;
}

function linesOf(what: Looking, value: unknown, all: boolean, now: number): string[] {
  const shown = {
    plan: () => planLines(value as PlanView),
    status: () => statusLines(value as StatusView, now),
    history: () => historyLines(value as HistoryItem[], now),
    explain: () => explainLines(value as ExplainView, all, now),
    probe: () => probeLines(value as ProbeView[]),
  } as const satisfies Record<Looking, () => string[]>;
  return shown[what]();
}
