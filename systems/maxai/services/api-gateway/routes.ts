export const upstreams = ['iam', 'prompt-svc', 'orchestrator', 'billing-usage', 'payments'] as const;
export type Upstream = (typeof upstreams)[number];

export interface Route {
  readonly upstream: Upstream;
  /** The beginning of the path; also what the API's calls are counted by. */
  readonly prefix: string;
  /** `none`: anybody may ask, and a shared cache may keep the answer of a GET. */
  readonly session: 'needed' | 'none';
}

const table: readonly Route[] = [
  { prefix: '/api/auth/login', upstream: 'iam', session: 'none' },
  { prefix: '/api/auth/google', upstream: 'iam', session: 'none' },
  { prefix: '/api/auth', upstream: 'iam', session: 'needed' },
  { prefix: '/api/admin', upstream: 'iam', session: 'needed' },
  { prefix: '/api/clients', upstream: 'iam', session: 'needed' },
  { prefix: '/api/flags', upstream: 'iam', session: 'needed' },
  { prefix: '/api/prompts', upstream: 'prompt-svc', session: 'needed' },
  { prefix: '/api/runs', upstream: 'orchestrator', session: 'needed' },
  { prefix: '/api/calls', upstream: 'orchestrator', session: 'needed' },
  { prefix: '/api/messages', upstream: 'orchestrator', session: 'needed' },
  { prefix: '/api/workflows', upstream: 'orchestrator', session: 'needed' },
  { prefix: '/api/usage', upstream: 'billing-usage', session: 'needed' },
  { prefix: '/api/invoices', upstream: 'billing-usage', session: 'needed' },
  { prefix: '/api/plans', upstream: 'billing-usage', session: 'none' },
  { prefix: '/api/charges', upstream: 'payments', session: 'needed' },
];

/** Which service answers a path; the longest prefix counts, and only whole segments of a path. */
export function routeOf(path: string): Route | null {
  const fitting = table.filter(({ prefix }) => path === prefix || path.startsWith(`${prefix}/`));
  return fitting.toSorted((one, other) => other.prefix.length - one.prefix.length)[0] ?? null;
}
