import type { Outcome, Refusal } from '#api';
import { describeFailure, type Failure } from '#kernel';
import type { World } from './world.ts';

/** Exit codes, as the documentation lists them. */
export const exitCodes = {
  done: 0,
  failed: 1,
  wrongInput: 2,
  rolledBack: 3,
  held: 4,
  refused: 5,
  interrupted: 130,
} as const;

export function exitOf(outcome: Outcome): number {
  const codes: Readonly<Record<Outcome, number>> = {
    done: exitCodes.done,
    unchanged: exitCodes.done,
    rolledBack: exitCodes.rolledBack,
    superseded: exitCodes.rolledBack,
    failed: exitCodes.failed,
    held: exitCodes.held,
  };
  return codes[outcome];
}

/** Says why a request was refused, with what to do, and returns the exit code. */
export function complain(world: World, refusal: Refusal, json: boolean): number {
  const told = 'problem' in refusal ? problemOf(refusal) : described(refusal);
  if (json) {
    world.print(JSON.stringify({ error: told }));
    return told.exit;
  }
  world.complain(`error  ${told.sentence}`);
  for (const finding of told.findings) world.complain(`  ${finding}`);
  if (told.hint !== '') world.complain(`hint   ${told.hint}`);
  return told.exit;
}

/** The same for a failure of our own or a refusal, in words. */
export function complainOf(world: World, refusal: Refusal | Failure): number {
  return complain(world, 'code' in refusal ? { failure: refusal } : refusal, false);
}

function problemOf({ problem }: Extract<Refusal, { problem: unknown }>) {
  const { code, title, hint, exit, findings } = problem;
  return { code, sentence: title, hint, exit, findings: findings ?? [] };
}

function described({ failure }: Extract<Refusal, { failure: unknown }>) {
  const { sentence, hint, exit } = describeFailure(failure);
  return { code: failure.code, sentence, hint, exit, findings: [] };
}
