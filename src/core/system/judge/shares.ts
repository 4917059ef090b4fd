import { formatPercent, percent, type Percent } from '#kernel';
import { type Path, type Problem, pathText, problem, shown } from '../finding.ts';
import { activeAt } from '../active.ts';
import type { Strategy } from '../resolved.ts';
import type { EnvironmentDeclaration } from '../schema/system.ts';

type Service = EnvironmentDeclaration['services'][string];
type Stepped = Exclude<Strategy, { kind: 'rolling' }>;

/**
 * Shares that are counted in whole replicas: those of a canary `by: replicas`, and of consumers. A share that rounds to none
 * of them is one all the same, one that rounds to all tries the new revision on everybody.
 */
export function judgeShares(name: string, service: Service, strategy: Stepped): readonly Problem[] {
  const { replicas } = service;
  const byReplicas = strategy.kind === 'canary' && strategy.by === 'replicas';
  if (replicas === 0 || (service.traffic === 'http' && !byReplicas)) return [];
  const path: Path =
    typeof service.strategy === 'object'
      ? ['services', name, 'strategy', 'steps']
      : ['release', strategy.kind === 'canary' ? 'canary' : 'blueGreen', 'steps'];
  const shares = strategy.steps.map(({ weight }, index) => ({
    index,
    weight,
    isShown: weight === 100 || isBetween(Math.round((replicas * weight) / 100), replicas),
    real: byReplicas ? shareOfReplicas(weight, replicas) : shareOfConsumers(weight, replicas),
  }));
  const wrong = shares.filter(({ isShown }) => !isShown);
  if (wrong.length === 0) return [];
  const number = `${replicas} ${replicas === 1 ? 'replica' : 'replicas'}`;
  const hint = 'declare more replicas, or weights that whole replicas can show';
  if (shares.every(({ real }) => real === 100)) {
    const sentence = `With the ${number} of services.${name}, every step of ${pathText(path)} would be 100%: nothing would be tried first.`;
    return [problem('definition_share_not_shown', path, sentence, { hint })];
  }
  return wrong.map(({ index, weight, real }) => {
    const place = [...path, index, 'weight'];
    const sentence = `With the ${number} of services.${name}, ${pathText(place)} of ${formatPercent(weight)} would be ${formatPercent(real)}.`;
    const more = { severity: 'warning', received: shown(formatPercent(weight)), hint } as const;
    return problem('definition_share_not_shown', place, sentence, more);
  });
}

const isBetween = (part: number, whole: number) => part > 0 && part < whole;

/** Old ones leave as new ones come. */
const shareOfReplicas = (weight: Percent, replicas: number): Percent =>
  percent(Math.round((100 * Math.min(activeAt(weight, replicas), replicas)) / replicas));

/** R14. Both revisions run whole, and of each its share takes jobs. */
function shareOfConsumers(weight: Percent, replicas: number): Percent {
  const active = activeAt(weight, replicas);
  return percent(Math.round((100 * active) / (active + activeAt(percent(100 - weight), replicas))));
}
