import type { EnvironmentView } from '#api/browser';
import { listText, type Tone } from '../../kit/index.ts';

export interface Standing {
  readonly tone: Tone;
  readonly word: string;
}

/** How an environment is, worst first. */
export function standingOf(environment: EnvironmentView): Standing {
  const { status, stuck, rollout, services } = environment;
  if (status === 'unknown') return { tone: 'quiet', word: 'not run from here' };
  if (status === 'down') return { tone: 'quiet', word: 'down' };
  if (stuck) return { tone: 'warn', word: 'waits for a person' };
  if (rollout !== null) return { tone: 'busy', word: `release ${rollout.release} is under way` };
  if (services.ready < services.wanted)
    return { tone: services.ready === 0 ? 'bad' : 'warn', word: 'not all ready' };
  return { tone: 'good', word: 'up' };
}

/** How far one environment is ahead of the next, in words. */
export function aheadText({ name, ahead, status }: EnvironmentView, next: EnvironmentView): string {
  if (status !== 'up') return `${name} runs nothing that could go further.`;
  if (next.status !== 'up') return `${next.name} is down.`;
  if (ahead === null) return 'How far it is ahead is not known.';
  if (ahead.length === 0) return `Level with ${next.name}.`;
  const [first = ''] = ahead;
  return `${ahead.length === 1 ? first : `${ahead.length} services`} ahead of ${next.name}.`;
}

/** The whole in one sentence. */
export function summaryOf(environments: readonly EnvironmentView[]): string {
  const waiting = environments.filter(({ stuck }) => stuck).map(({ name }) => name);
  if (waiting.length > 0)
    return `${listText(waiting)} ${waiting.length === 1 ? 'waits' : 'wait'} for a person.`;
  const moving = environments.filter(({ rollout }) => rollout !== null).map(({ name }) => name);
  if (moving.length > 0) return `A release is under way in ${listText(moving)}.`;
  const ahead = environments.find((each) => (each.ahead ?? []).length > 0);
  if (ahead !== undefined)
    return `${ahead.name} is ahead of ${ahead.next ?? 'the next one'} by ${(ahead.ahead ?? []).length === 1 ? 'one service' : `${(ahead.ahead ?? []).length} services`}.`;
  const up = environments.filter(({ status }) => status === 'up');
  return up.length === 0 ? 'None of them is up.' : 'All that is up runs the same builds.';
}
