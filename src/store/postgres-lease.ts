import { instant, ok, type Result } from '#kernel';
import type { Lease } from '#ports';
import { unavailable } from './failure.ts';
import { grantLease, type LeaseRequest } from './lease.ts';
import type { Statements } from './postgres-statements.ts';

const mostAttempts = 5;

/**
 * Decides about a lease that was read, and keeps the decision if the lease is still the same then; otherwise looks again.
 * With `serverTime` leases are kept in the server's time and moved to the caller's for the decision: only lengths of
 * time pass between the two clocks. Failures: `lease_held`, `store_unavailable`.
 */
export async function acquireLease(
  statements: Statements,
  request: LeaseRequest,
  { serverTime, address }: { serverTime: boolean; address: string },
): Promise<Result<Lease>> {
  for (let attempt = 1; attempt <= mostAttempts; attempt += 1) {
    const found = await statements.lease(request.name);
    if (!found.ok) return found;
    const { lease: kept, now } = found.value;
    const ahead = serverTime ? now - request.now : 0;
    const granted = grantLease(kept && { ...kept, expires: kept.expires - ahead }, request);
    if (!granted.ok) return granted;
    const lease = granted.value;
    const put = await statements.putLease({ ...lease, expires: instant(lease.expires + ahead) }, kept);
    if (!put.ok) return put;
    if (put.value) return ok(lease);
  }
  return unavailable(address, `the lease ${request.name} kept changing`);
}
