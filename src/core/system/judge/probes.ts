import { formatDuration, type Millis } from '#kernel';
import { type Problem, problem } from '../finding.ts';
import type { EnvironmentDeclaration } from '../schema/system.ts';

/** Probes that cannot do what they are for. */
export function judgeProbes({ services, release }: EnvironmentDeclaration): readonly Problem[] {
  const found: Problem[] = [];
  for (const [name, { probes, traffic, folder }] of Object.entries(services)) {
    const place = ['services', name, 'probes'];
    if (probes.ready === undefined && folder !== undefined)
      found.push(
        problem('definition_no_ready_probe', place, `services.${name} has no ready probe.`, {
          severity: 'warning',
          hint:
            traffic === 'http'
              ? 'without one, it gets traffic as soon as its port is open: write probes: { ready: "/readyz" }'
              : 'without one, it counts as ready as soon as its port is open: write probes: { ready: "/readyz" }',
        }),
      );
    for (const [kind, probe] of Object.entries(probes))
      if (probe !== undefined && probe.timeout > probe.interval)
        found.push(
          problem(
            'definition_probe_overlap',
            [...place, kind],
            `services.${name}.probes.${kind} may take ${formatDuration(probe.timeout)}, longer than the ${formatDuration(probe.interval)} between two probes.`,
            { severity: 'warning', hint: 'write a longer interval or a shorter timeout' },
          ),
        );
    const { startup } = probes;
    const allowed = startup === undefined ? 0 : startup.interval * startup.failures;
    if (allowed > release.startDeadline)
      found.push(
        problem(
          'definition_start_too_short',
          [...place, 'startup'],
          `services.${name}.probes.startup allows ${formatDuration(allowed as Millis)}, but a release waits ${formatDuration(release.startDeadline)}.`,
          { severity: 'warning', hint: 'write a longer release.startDeadline' },
        ),
      );
  }
  return found;
}
