import { randomBytes, randomUUID } from 'node:crypto';

/** What is handed on from a request to everything it causes. */
export interface Trail {
  readonly requestId: string;
  /** W3C Trace Context: https://www.w3.org/TR/trace-context/ */
  readonly traceparent: string;
  /** Which arm of a release the caller wants, when he asks for one. */
  readonly arm: 'stable' | 'canary' | null;
}

/** Continues the caller's trace, or begins one. What cannot be read is replaced. */
export function trailOf(header: (name: string) => string | undefined): Trail {
  const given = /^00-([0-9a-f]{32})-[0-9a-f]{16}-([0-9a-f]{2})$/.exec(header('traceparent') ?? '');
  const isValid = given !== null && !/^0+$/.test(given[1] ?? '');
  const traceId = isValid ? (given[1] ?? '') : randomBytes(16).toString('hex');
  const flags = isValid ? (given[2] ?? '01') : '01';
  const requestId = header('x-request-id') ?? '';
  const arm = header('x-fairway-arm');
  return {
    requestId: /^[\w-]{8,64}$/.test(requestId) ? requestId : randomUUID(),
    traceparent: `00-${traceId}-${randomBytes(8).toString('hex')}-${flags}`,
    arm: arm === 'stable' || arm === 'canary' ? arm : null,
  };
}

export const traceIdOf = (trail: Trail): string => trail.traceparent.slice(3, 35);

/** The headers that carry a trail to the next service. */
export function trailHeaders({ requestId, traceparent, arm }: Trail): Record<string, string> {
  return { 'x-request-id': requestId, traceparent, ...(arm === null ? {} : { 'x-fairway-arm': arm }) };
}
