import { type Path, type Problem, problem, shown } from '../finding.ts';
import { strategyOf } from '../resolve/strategy.ts';
import type { EnvironmentDeclaration } from '../schema/system.ts';
import { judgeShares } from './shares.ts';
import { judgeSteps, judgeWatch, type Stepped } from './steps.ts';

/** Strategies, their steps and the deadlines around them. */
export function judgeRelease(environment: EnvironmentDeclaration): readonly Problem[] {
  const { release, services } = environment;
  const found: Problem[] = [...judgeWatch(environment)];
  if (release.canary !== undefined)
    found.push(...judgeSteps(['release', 'canary'], release.canary, environment));
  if (release.blueGreen !== undefined)
    found.push(...judgeSteps(['release', 'blueGreen'], release.blueGreen, environment));
  for (const [name, service] of Object.entries(services)) {
    const path: Path = ['services', name, 'strategy'];
    const own = service.strategy;
    if (isStepped(own)) found.push(...judgeSteps(path, own, environment));
    found.push(...judgeStrategy(name, environment, own === undefined ? ['release', 'strategy'] : path));
  }
  return found;
}

const isStepped = (strategy: unknown): strategy is Stepped =>
  typeof strategy === 'object' && strategy !== null && 'autoPromote' in strategy;

function judgeStrategy(name: string, environment: EnvironmentDeclaration, path: Path): readonly Problem[] {
  const service = environment.services[name];
  if (service === undefined) return [];
  const strategy = strategyOf(service, environment.release);
  switch (strategy.kind) {
    case 'missing': {
      const hint = 'write release.canary: { steps: [{ weight: "10%", hold: "30m" }] }';
      const sentence = `services.${name} is released by canary, but release.canary does not say how.`;
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
      const { traffic, consumer } = service;
      if (traffic === 'none' && consumer === undefined) return [withoutTraffic(name, strategy.kind, path)];
      return judgeShares(name, service, strategy);
    }
    case 'flags':
      return [];
  }
}

/** R14. Both revisions of it would take jobs, whatever the weight: the new one must be able to wait. */
function withoutTraffic(name: string, kind: 'canary' | 'blue-green', path: Path): Problem {
  const sentence = `services.${name} has no traffic that a ${kind} release could divide.`;
  const hint =
    'write consumer: { pause: "/-/pause", resume: "/-/resume" } if it can be paused, or strategy: "rolling"';
  return problem('definition_strategy_without_traffic', path, sentence, { received: shown(kind), hint });
}
