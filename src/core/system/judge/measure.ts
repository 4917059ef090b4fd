import { type Path, type Problem, problem, shown } from '../finding.ts';
import type { EnvironmentDeclaration } from '../schema/system.ts';

type Service = EnvironmentDeclaration['services'][string];
type Measure = NonNullable<Service['measure']>;
type OfPrometheus = Extract<Measure, { readonly from: 'prometheus' }>;

/** Ways of counting that would leave the gate without counts, or with wrong ones. */
export function judgeMeasures({ services }: EnvironmentDeclaration): readonly Problem[] {
  return Object.entries(services).flatMap(([name, { measure, traffic }]) => {
    const path = ['services', name, 'measure'];
    if (measure === undefined) return [];
    if (measure === 'router') return traffic === 'none' ? [byNobody(name, path)] : [];
    if (measure === 'metrics') return [];
    if (measure.from === 'metrics') return halves(name, path, measure);
    return [...address(name, path, measure), ...queries(name, path, measure)];
  });
}

function byNobody(name: string, path: Path): Problem {
  const sentence = `services.${name} has no traffic: the router counts nothing of it.`;
  const hint = 'write measure: "metrics" and count jobs in jobs_completed_total and jobs_failed_total';
  return problem('definition_measure_unfit', path, sentence, { received: shown('router'), hint });
}

/** Requests of one kind and failures of another would be compared. */
function halves(
  name: string,
  path: Path,
  { requests, failures }: Extract<Measure, { readonly from: 'metrics' }>,
): readonly Problem[] {
  if ((requests === undefined) === (failures === undefined)) return [];
  const [there, lacking] = requests === undefined ? ['failures', 'requests'] : ['requests', 'failures'];
  const sentence = `services.${name}.measure says which counters are ${there}, and not which are ${lacking}.`;
  const hint = `write ${lacking} too, or leave both out`;
  return [problem('definition_measure_unfit', [...path, there], sentence, { point: 'key', hint })];
}

function address(name: string, path: Path, { url }: OfPrometheus): readonly Problem[] {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (parsed === null) return [];
  // The definition is no place for passwords, and what is asked is shown to people.
  if (parsed.username !== '' || parsed.password !== '') {
    const sentence = `services.${name}.measure.url carries a user or a password.`;
    const hint = 'write the address without them, of a server that needs none from here';
    return [problem('definition_measure_unfit', [...path, 'url'], sentence, { hint })];
  }
  if (parsed.search === '' && parsed.hash === '' && !parsed.pathname.includes('/api/v1')) return [];
  const sentence = `services.${name}.measure.url is more than the address of a server.`;
  const more = { received: shown(url), hint: `write "${parsed.origin}"` };
  return [problem('definition_measure_unfit', [...path, 'url'], sentence, more)];
}

function queries(name: string, path: Path, measure: OfPrometheus): readonly Problem[] {
  const declared = [
    ['requests', measure.requests],
    ['failures', measure.failures],
    ['latency', measure.latency],
  ] as const;
  return declared.flatMap(([field, query]) => {
    if (query === undefined) return [];
    const place = `services.${name}.measure.${field}`;
    const told = (sentence: string, hint: string, severity: Problem['severity'] = 'error') => [
      problem('definition_measure_unfit', [...path, field], sentence, {
        severity,
        received: shown(query),
        hint,
      }),
    ];
    if (!query.includes('{revision}'))
      return told(
        `${place} does not ask for one revision: the new and the old one would count the same.`,
        `select by it: ${shown('http_requests_total{revision="{revision}"}') ?? ''}`,
      );
    const other = [...query.matchAll(/\{(\w+)\}/g)].find(
      ([, word]) => word !== 'revision' && word !== 'service',
    );
    if (other !== undefined)
      return told(`${place} has a ${other[0]}, which stands for nothing.`, 'write {service} or {revision}');
    const grown = /\b(rate|irate|increase|delta|idelta|deriv)\s*\(/.exec(query)?.[1];
    if (grown !== undefined)
      return told(
        `${place} asks for ${grown}(), which is no total.`,
        'write the counter itself, without a range',
      );
    if (field === 'failures' && !/\bor\b/.test(query))
      return told(
        `${place} has no result as long as nothing has failed: then the gate is not told that nothing failed.`,
        'write or vector(0) behind it',
        'warning',
      );
    return [];
  });
}
