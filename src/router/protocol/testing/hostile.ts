/** A message that two parsers could read in two ways, or that no server should have to read at all. */
export interface HostileRequest {
  readonly name: string;
  /** Latin-1: each character is one byte. */
  readonly bytes: string;
  /** The answers that are right, in order; each place may allow several. */
  readonly answers: readonly (number | readonly number[])[];
  /** The request lines of the complete requests that reach the replica. */
  readonly reached: readonly string[];
  /** The head is passed on before the fault in the body shows; otherwise not one byte reaches the replica. */
  readonly begins?: boolean;
  /** The only body that reaches the replica. */
  readonly body?: string;
  /** Fields (as written by the router, in any case) that the replica gets, or does not get, with the first request. */
  readonly fields?: readonly string[];
  readonly noFields?: readonly string[];
}

/** A request that must never reach the replica as one of its own. */
export const poison = 'GET /poison HTTP/1.1\r\nHost: x\r\n\r\n';

export const message = (...parts: readonly string[]): string => parts.join('\r\n');
