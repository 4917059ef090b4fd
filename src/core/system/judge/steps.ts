import { formatDuration, formatPercent, type Millis, millis } from '#kernel';
import { type Path, type Problem, pathText, problem, shown } from '../finding.ts';
import type { EnvironmentDeclaration } from '../schema/system.ts';

type Steps = NonNullable<EnvironmentDeclaration['release']['canary']>['steps'];

/** What a canary and a blue-green release have in common. */
export interface Stepped {
  readonly steps?: Steps | undefined;
  readonly preview?: Millis;
  readonly autoPromote: boolean;
}

/** The steps of one strategy, which stands at `path`, and the times around them. */
export function judgeSteps(
  path: Path,
  strategy: Stepped,
  environment: EnvironmentDeclaration,
): readonly Problem[] {
  const steps = strategy.steps ?? [];
  return [
    ...judgeWeights([...path, 'steps'], steps),
    ...tooLong(path, strategy, environment),
    ...tooShort([...path, 'steps'], steps, environment),
    ...tooRare(steps, environment),
  ];
}

/** The watch after all steps, for strategies that have none. */
export function judgeWatch({ release }: EnvironmentDeclaration): readonly Problem[] {
  const { watch, deadline, gate } = release;
  if (watch >= deadline) {
    const sentence = `release.watch lasts ${formatDuration(watch)}, but a release may take ${formatDuration(deadline)}.`;
    const hint = 'watch for a shorter time, or write a longer release.deadline';
    return [problem('definition_hold_too_long', ['release', 'watch'], sentence, { hint })];
  }
  return watch > 0 && watch < gate.interval ? [short(['release', 'watch'], watch, gate.interval)] : [];
}

function judgeWeights(path: Path, steps: Steps): readonly Problem[] {
  const found: Problem[] = [];
  for (const [index, { weight }] of steps.entries()) {
    const place = [...path, index, 'weight'];
    const before = steps[index - 1];
    const received = shown(formatPercent(weight));
    if (weight === 0)
      found.push(
        problem('definition_weight_zero', place, `${pathText(place)} gives the canary no traffic.`, {
          received,
          hint: 'write more than 0%, or remove the step',
        }),
      );
    else if (before !== undefined && weight <= before.weight)
      found.push(
        problem(
          'definition_weights_not_rising',
          place,
          `${pathText(place)} is not above the ${formatPercent(before.weight)} before it.`,
          { received, hint: 'write steps with rising weights, up to 100%' },
        ),
      );
  }
  return found;
}

/** A rollout must be able to end before it is given up (R5), and people need time to answer. */
function tooLong(
  path: Path,
  { steps = [], preview = millis(0), autoPromote }: Stepped,
  { release }: EnvironmentDeclaration,
): readonly Problem[] {
  const { deadline, watch } = release;
  const held = millis(steps.reduce((total, { hold }) => total + hold, 0));
  const all = millis(preview + held + watch);
  if (all < deadline || (all === deadline && autoPromote)) return [];
  const isHeld = held === all;
  const place = isHeld ? [...path, 'steps'] : path;
  const takes = isHeld
    ? `${pathText(place)} are held for ${formatDuration(all)}`
    : `${pathText(place)} takes ${formatDuration(all)} with its preview, its steps and release.watch`;
  const may = `but a release may take ${formatDuration(deadline)}`;
  const waits = isHeld ? 'wait for people' : 'waits for people';
  const sentence = autoPromote ? `${takes}, ${may}.` : `${takes} and ${waits}, ${may}.`;
  const hint = 'hold for a shorter time, or write a longer release.deadline';
  return [problem('definition_hold_too_long', place, sentence, { hint })];
}

/** A gate that is never read while a step is held can only wait longer or go back. */
function tooShort(path: Path, steps: Steps, { release }: EnvironmentDeclaration): readonly Problem[] {
  const { interval } = release.gate;
  return steps.flatMap(({ hold, gate }, index) =>
    gate && hold < interval ? [short([...path, index, 'hold'], hold, interval)] : [],
  );
}

function short(path: Path, length: Millis, interval: Millis): Problem {
  const sentence = `${pathText(path)} is ${formatDuration(length)}, shorter than the ${formatDuration(interval)} between two readings of the gate.`;
  return problem('definition_hold_too_short', path, sentence, {
    severity: 'warning',
    received: shown(formatDuration(length)),
    hint: path.includes('steps')
      ? 'hold for longer, write a shorter release.gate.interval, or gate: false'
      : 'watch for longer, or write a shorter release.gate.interval',
  });
}

function tooRare(steps: Steps, { release, checks }: EnvironmentDeclaration): readonly Problem[] {
  const gated = steps.filter(({ gate, hold }) => gate && hold > 0);
  if (gated.length === 0) return [];
  const shortest = millis(Math.min(...gated.map(({ hold }) => hold)));
  return release.gate.checks.flatMap((name) => {
    const check = Object.hasOwn(checks, name) ? checks[name] : undefined;
    if (check === undefined || check.every <= shortest) return [];
    const sentence = `The gate asks for the check ${name}, which runs every ${formatDuration(check.every)}, but a step is held for ${formatDuration(shortest)} only.`;
    const hint = 'run the check more often, or hold the step longer';
    return [problem('definition_check_too_rare', ['checks', name], sentence, { severity: 'warning', hint })];
  });
}
