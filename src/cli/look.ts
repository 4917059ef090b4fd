import type { ExplainView, HistoryItem, PlanView, ProbeView, StatusView } from '#api';
import type { Call } from './actions.ts';
import { complain, exitCodes } from './exit.ts';
import { explainLines, historyLines, planLines, probeLines, statusLines } from './show.ts';

type Looking = 'plan' | 'status' | 'history' | 'explain' | 'probe';

/** Commands that change nothing: ask, print. `probe` fails when a check is not green. */
export async function look(call: Call, what: Looking, release?: number): Promise<number> {
  const { world, client, environment, json } = call;
  const query = release === undefined ? '' : `?release=${release}`;
  const path = `/v1/environments/${environment}/${what}${query}`;
  const answer = await (what === 'probe' ? client.post<unknown>(path, {}) : client.get<unknown>(path));
  if (!answer.ok) return complain(world, answer.error, json);
  if (json) world.print(JSON.stringify(answer.value));
  else for (const line of linesOf(what, answer.value, world.clock.now())) world.print(line);
  const failed = what === 'probe' && (answer.value as ProbeView[]).some((view) => view.green !== true);
  return failed ? exitCodes.failed : exitCodes.done;
}

function linesOf(what: Looking, value: unknown, now: number): string[] {
  const shown = {
    plan: () => planLines(value as PlanView),
    status: () => statusLines(value as StatusView, now),
    history: () => historyLines(value as HistoryItem[]),
    explain: () => explainLines(value as ExplainView),
    probe: () => probeLines(value as ProbeView[]),
  } as const satisfies Record<Looking, () => string[]>;
  return shown[what]();
}
