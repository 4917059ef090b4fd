export type Upstream = 'auth' | 'trading' | 'agent' | 'market-data' | 'notification';

export interface Route {
  readonly method: string;
  /** As Hono writes paths. */
  readonly path: string;
  readonly to: Upstream;
  /** Where it is there; left out: the same without /api. */
  readonly as?: (path: string) => string;
  /** Who is asked to sign in: nobody for what is the same for all. */
  readonly open?: true;
}

/** What browsers may ask for. What is not here is not there, whatever the services offer each other. */
export const routes: readonly Route[] = [
  { method: 'GET', path: '/api/quotes', to: 'market-data', open: true },
  { method: 'GET', path: '/api/quotes/:symbol', to: 'market-data', open: true },
  { method: 'POST', path: '/api/orders', to: 'trading' },
  { method: 'GET', path: '/api/orders', to: 'trading' },
  { method: 'GET', path: '/api/trades', to: 'trading' },
  { method: 'GET', path: '/api/positions', to: 'trading' },
  { method: 'GET', path: '/api/broker', to: 'trading' },
  { method: 'PUT', path: '/api/broker', to: 'trading' },
  { method: 'DELETE', path: '/api/broker/:broker', to: 'trading' },
  { method: 'GET', path: '/api/audit', to: 'trading' },
  { method: 'GET', path: '/api/audit/verify', to: 'trading' },
  { method: 'POST', path: '/api/agent/proposals', to: 'agent', as: (path) => path.replace('/api/agent', '') },
  { method: 'GET', path: '/api/agent/proposals', to: 'agent', as: (path) => path.replace('/api/agent', '') },
  { method: 'GET', path: '/api/notifications', to: 'notification' },
  { method: 'POST', path: '/api/notifications/:id/read', to: 'notification' },
];

/** The path at the service. */
export const pathAt = (route: Route, path: string): string =>
  route.as === undefined ? path.replace(/^\/api/, '') : route.as(path);
