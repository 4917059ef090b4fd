import { demoPlan } from '../../src/host/demo-plan.ts';
import { steadyLoad } from './load.ts';

export { failuresOf } from './load.ts';

/** Constant load on the journal's edge by logged-in users with keep-alive connections, and open WebSockets. */
export function journalLoad(target: string, rate: number, sockets: number) {
  const plan = demoPlan(target);
  return steadyLoad({
    ...plan,
    rate,
    // A user keeps to one version: with few of them a canary of 10 % may have none at all.
    users: 80,
    connections: 200,
    sockets: plan.sockets && { ...plan.sockets, count: sockets },
  });
}
