import type { ChargeView } from '#api';
import type { Rollout } from '#core/release';
import type { Engine, EnvironmentRow, Runner } from '#engine';
import { type Clock, ok } from '#kernel';
import type { Observation } from '#ports';

/** Who holds the lease of an environment, as this process last heard; null: nobody that it knows of. */
export type InCharge = (environment: string) => ChargeView | null;

/** An environment as it is now: from memory where this process is in charge of it, from the store where another one is. */
export interface Reading {
  readonly runner: Runner;
  readonly row: EnvironmentRow;
  readonly active: Rollout | null;
  readonly charge: ChargeView | null;
  /** What is seen at the target; null where the environment is down or cannot be looked at from here. */
  observe(): Promise<Observation | null>;
}

export interface ReadingOptions {
  readonly engine: Engine;
  readonly clock: Clock;
  /** Left out: this process is the only one. */
  readonly inCharge?: InCharge | undefined;
}

/** Reads an environment. Throws where the store cannot be read. */
export async function readEnvironment(options: ReadingOptions, environment: string): Promise<Reading> {
  const { engine, clock, inCharge } = options;
  const runner = await engine.runner(environment);
  const ours = () => isOurs(inCharge, environment, clock);
  if (!ours()) {
    // Nobody may be in charge of an environment that is at rest: then this takes it, and has read it.
    const held = await runner.serial(async () => ok(null));
    if (!held.ok) await runner.ledger.reload();
  }
  const row = runner.ledger.environment;
  const active = ours() || row.rollout === null ? runner.active() : await runner.ledger.rollout(row.rollout);
  return {
    runner,
    row,
    active,
    charge: inCharge?.(environment) ?? null,
    async observe() {
      if (row.status === 'down') return null;
      if (ours()) return runner.observation();
      return runner.target.observe().catch(() => null); // its target was never opened here
    },
  };
}

/** Whether what this process remembers of an environment is the truth. */
export function isOurs(inCharge: InCharge | undefined, environment: string, clock: Clock): boolean {
  if (inCharge === undefined) return true;
  const charge = inCharge(environment);
  return charge !== null && charge.ours && charge.until > clock.now();
}
