import { type Failure, fail, ok, type Result } from '#kernel';
import type { LoadPlan } from './plan.ts';

/**
 * The target as a URL when the plan can be driven. Failures: `load_plan_invalid` (facts: field, reason) and
 * `load_remote_target` (facts: target).
 */
export function checkPlan(plan: LoadPlan): Result<URL> {
  const target = URL.canParse(plan.target) ? new URL(plan.target) : null;
  if (target === null || !/^https?:$/.test(target.protocol)) {
    return invalid('target', 'it is no http address, such as http://127.0.0.1:3000');
  }
  if (target.username !== '' || target.password !== '' || target.search !== '' || target.hash !== '') {
    return invalid('target', 'it holds more than a host, a port and a path');
  }
  const broken = rules(plan).find(({ holds }) => !holds);
  if (broken !== undefined) return invalid(broken.field, broken.reason);
  if (!plan.allowRemote && !isLoopback(target.hostname)) {
    return fail('load_remote_target', { target: target.origin });
  }
  return ok(target);
}

function invalid(field: string, reason: string): { readonly ok: false; readonly error: Failure } {
  return fail('load_plan_invalid', { field, reason });
}

function rules(plan: LoadPlan): readonly { field: string; holds: boolean; reason: string }[] {
  const { rate, requests, connections, users, mix, session, sockets } = plan;
  const paths = [...mix, ...(session?.steps ?? []), ...(sockets === null ? [] : [sockets])];
  const weights = mix.map(({ weight }) => weight);
  return [
    { field: 'rate', holds: rate >= 0 && rate <= 10_000, reason: 'it lies between 0 and 10000 per second' },
    { field: 'requests', holds: requests === null || isCount(requests, 0), reason: 'it is a whole number' },
    { field: 'connections', holds: isCount(connections, 1), reason: 'it is a whole number of at least 1' },
    { field: 'users', holds: isCount(users, 1), reason: 'it is a whole number of at least 1' },
    { field: 'timeout', holds: plan.timeout > 0, reason: 'it is longer than 0' },
    { field: 'mix', holds: rate === 0 || mix.length > 0, reason: 'a rate needs a request to send' },
    { field: 'mix.weight', holds: weights.every((weight) => weight > 0), reason: 'it is greater than 0' },
    { field: 'path', holds: paths.every(({ path }) => path.startsWith('/')), reason: 'it begins with /' },
    {
      field: 'sockets.count',
      holds: sockets === null || isCount(sockets.count, 0),
      reason: 'it is a whole number',
    },
    {
      field: 'sockets.traffic.every',
      holds: sockets === null || sockets.traffic.kind === 'none' || sockets.traffic.every > 0,
      reason: 'it is longer than 0',
    },
  ];
}

const isCount = (value: number, least: number) => Number.isSafeInteger(value) && value >= least;

/** Only names and addresses that cannot lead off this machine. URL has already written every IPv4 form as a.b.c.d. */
function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}
