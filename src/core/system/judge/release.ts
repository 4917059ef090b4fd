import { formatDuration, formatPercent, millis } from '#kernel';
import { type Path, type Problem, pathText, problem, shown } from '../finding.ts';
import { type Steps, strategyOf } from '../resolve/strategy.ts';
import type { EnvironmentDeclaration } from '../schema/system.ts';

/** Strategies, their steps and the deadlines around them. */
export function judgeRelease(environment: EnvironmentDeclaration): readonly Problem[] {
  const { release, services } = environment;
  const found: Problem[] = [
    ...judgeSteps(['release', 'canary', 'steps'], release.canary?.steps ?? [], environment),
    ...judgeSteps(['release', 'blueGreen', 'steps'], release.blueGreen?.steps ?? [], environment),
  ];
  for (const [name, service] of Object.entries(services)) {
    const path: Path = ['services', name, 'strategy'];
    const own = service.strategy;
    if (typeof own === 'object' && 'steps' in own)
      found.push(...judgeSteps([...path, 'steps'], own.steps ?? [], environment));
    found.push(...judgeStrategy(name, environment, own === undefined ? ['release', 'strategy'] : path));
  }
  return found;
}

function judgeStrategy(name: string, environment: EnvironmentDeclaration, path: Path): readonly Problem[] {
  const service = environment.services[name];
  if (service === undefined) return [];
  const strategy = strategyOf(service, environment.release);
  switch (strategy.kind) {
    case 'missing': {
      const field = strategy.wanted === 'canary' ? 'release.canary' : 'release.blueGreen';
      const hint = `write ${field}: { steps: [{ weight: "10%", hold: "30m" }] }`;
      const sentence = `services.${name} is released by ${strategy.wanted}, but ${field} does not say how.`;
      return [problem('definition_no_steps', path, sentence, { received: shown(strategy.wanted), hint })];
    }
    case 'rolling': {
      const isStuck = strategy.surge === 0 && (strategy.unavailable === 0 || service.replicas === 0);
      if (!isStuck) return [];
      const own = typeof service.strategy === 'object';
      const sentence = `services.${name} can neither add a replica nor do without one while it is released.`;
      const hint = 'write surge: 1, or unavailable: 1';
      return [problem('definition_rolling_stuck', own ? path : ['release', 'rolling'], sentence, { hint })];
    }
    case 'canary':
    case 'blue-green': {
      if (service.traffic === 'http' || (strategy.kind === 'blue-green' && strategy.steps.length === 0))
        return [];
      const sentence = `services.${name} has no traffic that a ${strategy.kind} release could divide.`;
      const hint = 'write strategy: "rolling"';
      return [
        problem('definition_strategy_without_traffic', path, sentence, {
          received: shown(strategy.kind),
          hint,
        }),
      ];
    }
    case 'flags':
      return [];
  }
}

function judgeSteps(path: Path, steps: Steps, environment: EnvironmentDeclaration): readonly Problem[] {
  const found: Problem[] = [];
  for (const [index, { weight }] of steps.entries()) {
    const place = [...path, index, 'weight'];
    const before = steps[index - 1];
    if (weight === 0)
      found.push(
        problem('definition_weight_zero', place, `${pathText(place)} gives the canary no traffic.`, {
          received: shown(formatPercent(weight)),
          hint: 'write more than 0%, or remove the step',
        }),
      );
    else if (before !== undefined && weight <= before.weight)
      found.push(
        problem(
          'definition_weights_not_rising',
          place,
          `${pathText(place)} is not above the ${formatPercent(before.weight)} before it.`,
          {
            received: shown(formatPercent(weight)),
            hint: 'write steps with rising weights, up to 100%',
          },
        ),
      );
  }
  return [...found, ...judgeTimes(path, steps, environment)];
}

function judgeTimes(
  path: Path,
  steps: Steps,
  { release, checks }: EnvironmentDeclaration,
): readonly Problem[] {
  const found: Problem[] = [];
  const held = millis(steps.reduce((total, { hold }) => total + hold, 0));
  if (release.deadline !== undefined && held > release.deadline)
    found.push(
      problem(
        'definition_hold_too_long',
        path,
        `${pathText(path)} are held for ${formatDuration(held)}, but a release may take ${formatDuration(release.deadline)}.`,
        {
          hint: 'hold for a shorter time, or write a longer release.deadline',
        },
      ),
    );
  const gated = steps.filter(({ gate, hold }) => gate && hold > 0);
  const shortest = Math.min(...gated.map(({ hold }) => hold));
  for (const name of gated.length === 0 ? [] : release.gate.checks) {
    const check = Object.hasOwn(checks, name) ? checks[name] : undefined;
    if (check !== undefined && check.every > shortest)
      found.push(
        problem(
          'definition_check_too_rare',
          ['checks', name],
          `The gate asks for the check ${name}, which runs every ${formatDuration(check.every)}, but a step is held for ${formatDuration(millis(shortest))} only.`,
          { severity: 'warning', hint: 'run the check more often, or hold the step longer' },
        ),
      );
  }
  return found;
}
