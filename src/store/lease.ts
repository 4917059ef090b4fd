import { after, type Failure, fail, type Instant, instant, type Millis, ok, type Result } from '#kernel';
import type { Commit, Lease } from '#ports';

/** A lease as it is kept; `owner` is null after it was given back. The epoch is never forgotten. */
export interface StoredLease {
  readonly owner: string | null;
  readonly epoch: number;
  readonly expires: number;
}

export interface LeaseRequest {
  readonly name: string;
  readonly owner: string;
  readonly length: Millis;
  readonly now: Instant;
}

/**
 * Decides who holds a lease from now on. A holder who asks again before the end keeps the epoch and never shortens its
 * lease; somebody else is refused with `lease_held` (facts: lease, owner, expires) until the end.
 */
export function grantLease(present: StoredLease | null, request: LeaseRequest): Result<Lease> {
  const { name, owner, length, now } = request;
  const expires = after(now, length);
  if (present === null || !isHeld(present, now)) {
    return ok({ name, owner, epoch: (present?.epoch ?? 0) + 1, expires });
  }
  if (present.owner !== owner) {
    return fail('lease_held', { lease: name, owner: present.owner, expires: present.expires });
  }
  return ok({ name, owner, epoch: present.epoch, expires: instant(Math.max(expires, present.expires)) });
}

/** Null when a commit may go on; `store_fenced` (facts: lease, epoch, present, owner) when its lease is lost. */
export function fenceFailure(
  fence: NonNullable<Commit['fence']>,
  present: StoredLease | null,
  now: Instant,
): Failure | null {
  if (present !== null && present.epoch === fence.epoch && isHeld(present, now)) return null;
  const holder = present !== null && isHeld(present, now) ? present.owner : null;
  const facts = { lease: fence.lease, epoch: fence.epoch, present: present?.epoch ?? 0, owner: holder };
  return fail('store_fenced', facts).error;
}

/** A lease is held up to, not including, the moment it expires. */
function isHeld(lease: StoredLease, now: Instant): boolean {
  return lease.owner !== null && now < lease.expires;
}
