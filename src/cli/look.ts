import type { AnswerOf, AskOf, RouteKey } from '#api';
import type { Call } from './actions.ts';
import { complain, exitCodes } from './exit.ts';
import { explainLines, historyLines } from './show-history.ts';
import { planLines, probeLines } from './show-plan.ts';
import { statusLines } from './show-status.ts';

type Looking = 'plan' | 'status' | 'history' | 'explain' | 'probe';

export interface LookOptions {
  readonly release?: number | undefined;
  readonly strategy?: 'rolling' | 'canary' | 'blue-green' | undefined;
  /** Also what is worth a line only while one watches. */
  readonly all?: boolean | undefined;
}

/** Commands that change nothing: ask, print. `probe` fails when a check is not green. */
export function look(call: Call, what: Looking, options: LookOptions = {}): Promise<number> {
  const { release, strategy, all = false } = options;
  const now = call.world.clock.now();
  const params = { environment: call.environment };
  const looks = {
    plan: () => show(call, `${place}/plan`, { params, query: { strategy } }, planLines),
    status: () => show(call, `${place}/status`, { params }, (view) => statusLines(view, now)),
    history: () => show(call, `${place}/history`, { params }, (view) => historyLines(view, now)),
    explain: () =>
      show(call, `${place}/explain`, { params, query: { release } }, (view) => explainLines(view, all, now)),
    probe: () => probe(call),
  } as const satisfies Record<Looking, () => Promise<number>>;
  return looks[what]();
}

const place = 'GET /v1/environments/{environment}';

async function show<K extends RouteKey>(
  { world, client, json }: Call,
  key: K,
  ask: AskOf<K>,
  linesOf: (answer: AnswerOf<K>) => readonly string[],
): Promise<number> {
  const answer = await client.call(key, ask);
  if (!answer.ok) return complain(world, answer.error, json);
  for (const line of json ? [JSON.stringify(answer.value)] : linesOf(answer.value)) world.print(line);
  return exitCodes.done;
}

async function probe({ world, client, environment, json }: Call): Promise<number> {
  const key = 'POST /v1/environments/{environment}/probe';
  const answer = await client.call(key, { params: { environment } });
  if (!answer.ok) return complain(world, answer.error, json);
  const views = answer.value;
  for (const line of json ? [JSON.stringify(views)] : probeLines(views)) world.print(line);
  return views.every(({ green }) => green === true) ? exitCodes.done : exitCodes.failed;
}
