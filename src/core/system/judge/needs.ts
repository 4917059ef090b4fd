import { type Problem, problem } from '../finding.ts';
import type { EnvironmentDeclaration } from '../schema/system.ts';

/**
 * Services that need each other in a circle could never be started: each circle is told once, at the need that closes it.
 * A walk in depth with three colours, so that each service is visited once.
 */
export function judgeNeeds({ services }: EnvironmentDeclaration): readonly Problem[] {
  const found: Problem[] = [];
  const finished = new Set<string>();
  const trail: string[] = [];

  function visit(name: string): void {
    trail.push(name);
    const needs = Object.hasOwn(services, name) ? (services[name]?.needs ?? []) : [];
    for (const [index, needed] of needs.entries()) {
      const start = trail.indexOf(needed);
      if (start >= 0) found.push(circle([...trail.slice(start), needed], ['services', name, 'needs', index]));
      else if (!finished.has(needed)) visit(needed);
    }
    trail.pop();
    finished.add(name);
  }

  for (const name of Object.keys(services)) if (!finished.has(name)) visit(name);
  return found;
}

function circle(names: readonly string[], path: readonly (string | number)[]): Problem {
  const sentence =
    names.length === 2
      ? `services.${names[0] ?? ''} needs itself.`
      : `Services need each other in a circle: ${names.join(' → ')}.`;
  return problem('definition_needs_cycle', path, sentence, {
    received: JSON.stringify(names.at(-1)),
    hint: 'remove one of the needs; services may call each other without needing each other to start',
  });
}
