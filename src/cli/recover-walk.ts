import type { Refusal, StepRequest } from '#api';
import { describeFailure, fail } from '#kernel';
import { complain, exitCodes } from './exit.ts';
import type { World } from './world.ts';

/** How a step ended. What came of it is handed to the steps behind it. */
export type StepEnd<T> =
  | {
      readonly result: 'done';
      readonly value: T;
      readonly detail: string;
      readonly lines?: readonly string[];
    }
  | { readonly result: 'failed'; readonly refusal: Refusal }
  /** It was said already why. */
  | { readonly result: 'failed'; readonly exit: number }
  | { readonly result: 'declined'; readonly detail: string };

export interface StepDone {
  readonly step: number;
  readonly what: string;
  readonly result: StepRequest['result'];
  readonly detail: string;
  readonly tookMillis: number;
}

/** A runbook that is walked through: numbered steps, each with its result, until one fails or a person declines. */
export interface Walk {
  /** Does one step and prints it; null: the walk is over, nothing behind it is done. */
  step<T>(what: string, act: () => Promise<StepEnd<T>>): Promise<T | null>;
  /** Asks where a person must decide. Null: nobody can be asked; the refusal says how to answer beforehand. */
  decide(question: string): Promise<boolean | null>;
  /** Something to be read by people, not a step. */
  say(lines: readonly string[]): void;
  /** The exit code, after the end was told. */
  end(lines?: readonly string[]): number;
}

export interface WalkOptions {
  readonly world: World;
  readonly scenario: string;
  readonly json: boolean;
  /** Answers what may be answered beforehand. */
  readonly yes: boolean;
  /** Keeps the evidence of a step; what cannot be kept is told, and the walk goes on. */
  readonly keep: (request: StepRequest) => Promise<Refusal | null>;
}

export function startWalk({ world, scenario, json, yes, keep }: WalkOptions): Walk {
  const done: StepDone[] = [];
  let exit: number = exitCodes.done;
  const print = (line: string) => {
    if (!json) world.print(line);
  };

  async function finish(step: StepDone): Promise<void> {
    done.push(step);
    const { what, result, detail } = step;
    const refusal = await keep({
      by: world.user,
      scenario,
      step: step.step,
      what: what.slice(0, 300),
      result,
      detail: detail.slice(0, 1_000),
    });
    if (refusal !== null && !json)
      world.complain(`the journal does not have this step: ${sentenceOf(refusal)}`);
  }

  return {
    async step(what, act) {
      const step = done.length + 1;
      const begun = world.clock.now();
      print(`${step}. ${what}`);
      const end = await act();
      const tookMillis = Math.max(0, world.clock.now() - begun);
      const base = { step, what, tookMillis };
      if (end.result === 'done') {
        print(`   done${end.detail === '' ? '' : `: ${end.detail}`}`);
        for (const line of end.lines ?? []) print(`   ${line}`);
        await finish({ ...base, result: 'done', detail: end.detail });
        return end.value;
      }
      if (end.result === 'declined') {
        print(`   not done: ${end.detail}`);
        await finish({ ...base, result: 'declined', detail: end.detail });
        exit = exitCodes.refused;
        return null;
      }
      if (world.interrupted.aborted) {
        exit = exitCodes.interrupted;
        print('   interrupted');
        await finish({ ...base, result: 'failed', detail: 'it was interrupted' });
        return null;
      }
      exit = 'exit' in end ? end.exit : complainOnce(end.refusal);
      const detail = 'exit' in end ? `it ended with ${end.exit}` : sentenceOf(end.refusal);
      await finish({ ...base, result: 'failed', detail });
      return null;
    },
    decide: async (question) => (yes ? true : world.confirm(question)),
    say: (lines) => lines.forEach(print),
    end(lines = []) {
      if (json) world.print(JSON.stringify({ scenario, exit, steps: done, notes: lines }));
      else if (lines.length > 0) for (const line of ['', ...lines]) world.print(line);
      return exit;
    },
  };

  /** With --json the one document at the end tells it. */
  function complainOnce(refusal: Refusal): number {
    if (!json) return complain(world, refusal, false);
    return 'problem' in refusal ? refusal.problem.exit : describeFailure(refusal.failure).exit;
  }
}

export const sentenceOf = (refusal: Refusal): string =>
  'problem' in refusal ? refusal.problem.title : describeFailure(refusal.failure).sentence;

/** A step that could not be answered, because nobody is there and nothing was said beforehand. */
export function unanswered(what: string): StepEnd<never> {
  return { result: 'failed', refusal: { failure: fail('answer_needed', { what }).error } };
}
