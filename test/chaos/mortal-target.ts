import { setTimeout as delay } from 'node:timers/promises';
import type { EffectContext, Target } from '#ports';

/** What was done to the world, in the words of the trace. */
export interface Traced {
  readonly at: number;
  readonly pid: number;
  /** `charged`: the lease is its own now; `opened`: it has found again what runs. */
  readonly what: 'born' | 'charged' | 'opened' | 'begun' | 'done' | 'failed' | 'killed';
  /** The same in every release: `rollout 8` is the eighth effect a rollout asks for, `drain web afterwards` is of the tidying. */
  readonly name: string;
  /** Key of the effect, and what it is. */
  readonly key: string;
  readonly effect: string;
  readonly ask: unknown;
  readonly detail: string;
}

/** Of the lives that an effect is given, a third ends with the effect itself: done, and nobody knows. */
const longestLife = 50;
const livesToEnd = 1 / 3;

/** When it dies. */
export interface Fate {
  readonly dieAt: string | null;
  readonly random: () => number;
  readonly trace: (what: Traced['what'], more: Partial<Traced>) => void;
}

/** The real target, whose effects are counted; the fatal one is begun, and its result never comes. */
export function mortalTarget(target: Target, fate: Fate): Target {
  const effect =
    <A, T>(name: string, act: (ask: A, context: EffectContext) => Promise<{ ok: boolean } & T>) =>
    async (ask: A, context: EffectContext) => {
      const about = {
        name: nameOf(context.key, name, ask),
        key: context.key,
        effect: name,
        ask: brief(ask),
      };
      fate.trace('begun', about);
      const running = act(ask, context);
      if (about.name !== fate.dieAt) {
        const result = await running;
        fate.trace(result.ok ? 'done' : 'failed', {
          ...about,
          detail: result.ok ? '' : JSON.stringify(result),
        });
        return result;
      }
      const begun = Date.now();
      let how = 'under way';
      const end = running.then(({ ok }) => (how = ok ? 'done' : 'failed'));
      await (fate.random() < livesToEnd ? end : delay(fate.random() * longestLife));
      fate.trace('killed', { ...about, detail: `after ${Date.now() - begun} ms, ${how}` });
      process.kill(process.pid, 'SIGKILL');
      return new Promise<never>(() => undefined);
    };
  return {
    ...target,
    async open(declared, context) {
      const opened = await target.open(declared, context);
      fate.trace(opened.ok ? 'opened' : 'failed', {
        effect: 'open',
        detail: opened.ok ? '' : JSON.stringify(opened),
      });
      return opened;
    },
    ensureReplicas: effect('ensureReplicas', (ask: Parameters<Target['ensureReplicas']>[0], context) =>
      target.ensureReplicas(ask, context),
    ),
    setRoute: effect('setRoute', (ask: Parameters<Target['setRoute']>[0], context) =>
      target.setRoute(ask, context),
    ),
    consume: effect('consume', (ask: Parameters<Target['consume']>[0], context) =>
      target.consume(ask, context),
    ),
    drain: effect('drain', (ask: Parameters<Target['drain']>[0], context) => target.drain(ask, context)),
    stop: effect('stop', (ask: Parameters<Target['stop']>[0], context) => target.stop(ask, context)),
    runTask: effect('runTask', (ask: Parameters<Target['runTask']>[0], context) =>
      target.runTask(ask, context),
    ),
  };
}

/** Keys of a rollout are `<rollout>/<effect>.<attempt>`; those of the tidying say only when it was noted. */
function nameOf(key: string, effect: string, ask: unknown): string {
  const [, number] = /^\d+\/(\d+)\./.exec(key) ?? [];
  if (number !== undefined) return `rollout ${number}`;
  const { revision = '' } = brief(ask) as { readonly revision?: string };
  return `${effect} ${revision.replace(/-[0-9a-f]+$/, '')} afterwards`;
}

/** Without the whole text of a revision. */
function brief(ask: unknown): unknown {
  const { revision, job, ...rest } = ask as Readonly<Record<string, unknown>>;
  const named = [revision, job].map((each) => (each as { readonly id?: string } | undefined)?.id ?? each);
  return {
    ...rest,
    ...(named[0] === undefined ? {} : { revision: named[0] }),
    ...(named[1] === undefined ? {} : { job: named[1] }),
  };
}
