import { caddy } from './caddy.ts';
import { type Candidate, passive } from './candidate.ts';
import { haproxy } from './haproxy.ts';
import { nginx } from './nginx.ts';
import { builtin, builtin2, plane } from './ours.ts';
import { fastProxy, httpProxy3 } from './packages.ts';

/** The floor: what the load, the service and the machine take without a proxy. */
const direct: Candidate = {
  name: 'direct',
  title: 'no proxy',
  does: 'nothing: the floor',
  start: (_, { stable, echo }) =>
    Promise.resolve({
      ...passive,
      port: stable,
      socketsPort: echo,
      pid: null,
      splits: false,
      sticks: false,
    }),
};

export const candidates: readonly Candidate[] = [
  direct,
  nginx,
  haproxy,
  caddy,
  httpProxy3,
  fastProxy,
  builtin,
  builtin2,
  plane,
];
