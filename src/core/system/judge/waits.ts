import { formatDuration } from '#kernel';
import { type Problem, problem, shown } from '../finding.ts';
import { strategyOf } from '../resolve/strategy.ts';
import type { EnvironmentDeclaration } from '../schema/system.ts';

/** People who would be asked for longer than a release lasts, and checks that could not see what they judge. */
export function judgeWaits(environment: EnvironmentDeclaration): readonly Problem[] {
  return [...approval(environment), ...checks(environment)];
}

function approval({ release }: EnvironmentDeclaration): readonly Problem[] {
  const within = release.approval?.within;
  if (within === undefined || within <= release.deadline) return [];
  const path = ['release', 'approval', 'within'];
  const sentence = `release.approval.within is ${formatDuration(within)}, but a release is given up after ${formatDuration(release.deadline)}.`;
  const hint = 'write a shorter time, or a longer release.deadline';
  const more = { severity: 'warning', received: shown(formatDuration(within)), hint } as const;
  return [problem('definition_wait_too_long', path, sentence, more)];
}

/** A service without traffic has no address that a check could be given, and its green revision least of all. */
function checks({ checks: declared, services, release }: EnvironmentDeclaration): readonly Problem[] {
  const hidden = (name: string) =>
    Object.hasOwn(services, name) && services[name]?.traffic === 'none' ? services[name] : undefined;
  return Object.entries(declared).flatMap(([name, check]) => {
    if (check.kind === 'http') {
      if (hidden(check.service) === undefined) return [];
      const sentence = `checks.${name} asks services.${check.service}, which has no traffic and so no address.`;
      const more = { received: shown(check.service), hint: 'ask a service with traffic that needs it' };
      return [problem('definition_check_unreachable', ['checks', name, 'service'], sentence, more)];
    }
    if (!release.gate.checks.includes(name)) return [];
    return check.needs.flatMap((needed, index) => {
      const service = hidden(needed);
      if (service === undefined || strategyOf(service, release).kind !== 'blue-green') return [];
      const sentence = `The gate asks for the check ${name}, which needs services.${needed}: its new revision has no address before it takes over.`;
      const hint = `judge it by what it does for another service, and remove "${needed}" from needs`;
      const path = ['checks', name, 'needs', index];
      return [problem('definition_check_unreachable', path, sentence, { severity: 'warning', hint })];
    });
  });
}
