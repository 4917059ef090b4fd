import { days, millis } from '#kernel';
import type { Approval, Freeze, GatePolicy, ReleasePolicy, Window } from '../resolved.ts';
import type { EnvironmentDeclaration } from '../schema/system.ts';
import { hookJob, migrationsOf } from './jobs.ts';
import { longestKeepOld } from './strategy.ts';

type ReleaseDeclaration = EnvironmentDeclaration['release'];
type WindowDeclaration = NonNullable<EnvironmentDeclaration['windows']>[string];

/** What holds for every rollout of an environment. `reachable`: services and stores that a job may be given addresses of. */
export function resolveRelease(
  environment: EnvironmentDeclaration,
  reachable: ReadonlySet<string>,
): ReleasePolicy {
  const { release } = environment;
  const { gate, startDeadline, routeDeadline, deadline, watch, supersede, hooks } = release;
  return {
    gate: gateOf(gate),
    startDeadline,
    routeDeadline,
    deadline,
    keepOld: longestKeepOld(environment),
    watch,
    approval: approvalOf(release),
    window: windowNamed(release.window, environment),
    freezes: release.freeze.flatMap((freeze) => freezeOf(freeze, environment)),
    supersede,
    hooks: {
      before: hooks.before.map((hook) => hookJob(hook, 'before', reachable)),
      after: hooks.after.map((hook) => hookJob(hook, 'after', reachable)),
    },
    migrations: migrationsOf(environment, windowNamed(release.migrations?.window, environment)),
  };
}

function gateOf({ memory: _, expected, ...gate }: ReleaseDeclaration['gate']): GatePolicy {
  return { ...gate, expected: expected ?? null };
}

/** People have as long as is declared; else a week, but never longer than the rollout itself. */
function approvalOf({ approval, deadline }: ReleaseDeclaration): Approval | null {
  if (approval === undefined) return null;
  const { role, people, within } = approval;
  return { role, people, within: within ?? millis(Math.min(days(7), deadline)) };
}

function windowNamed(name: string | undefined, { windows }: EnvironmentDeclaration): Window | null {
  if (name === undefined || windows === undefined || !Object.hasOwn(windows, name)) return null;
  const declared = windows[name];
  return declared === undefined ? null : windowOf(name, declared);
}

export function windowOf(name: string, { days: open, from, until, zone }: WindowDeclaration): Window {
  return { name, days: open, from: minuteOf(from), until: minuteOf(until), zone };
}

function freezeOf(
  freeze: ReleaseDeclaration['freeze'][number],
  environment: EnvironmentDeclaration,
): readonly Freeze[] {
  if (typeof freeze === 'object') return [{ kind: 'dates', ...freeze }];
  const window = windowNamed(freeze, environment);
  return window === null ? [] : [{ kind: 'weekly', window }];
}

/** Minutes since midnight of a time of day that the schema has let through: "02:30" is 150. */
function minuteOf(time: string): number {
  const [hour, minute] = time.split(':').map(Number);
  return (hour ?? 0) * 60 + (minute ?? 0);
}
