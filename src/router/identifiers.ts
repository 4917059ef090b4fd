import type { Random } from '#kernel';

/** Numbers that follow a request through all services. */
export interface Identifiers {
  /** The caller's id when it is sane, else a new one. */
  requestId(given: string | null): string;
  /** The caller's `traceparent` when it is valid, else the beginning of a new trace. */
  traceParent(given: string | null): { readonly value: string; readonly isNew: boolean };
}

/** Bytes of chance that are drawn and written as digits at once: a request needs 40 of them. */
const drawn = 2_048;

export function createIdentifiers(random: Random): Identifiers {
  const bytes = Buffer.alloc(drawn);
  let digits = '';
  let at = 0;
  const hex = (length: number): string => {
    if (at + length > digits.length) {
      for (let byte = 0; byte < drawn; byte += 4)
        bytes.writeUInt32LE(Math.floor(random() * 4_294_967_296), byte);
      [digits, at] = [bytes.toString('hex'), 0];
    }
    at += length;
    return digits.slice(at - length, at);
  };
  return {
    requestId: (given) => (given !== null && sane.test(given) ? given : hex(32)),
    traceParent(given) {
      if (given !== null && isTraceParent(given)) return { value: given, isNew: false };
      // Flag 01: whoever records traces shall record this one; the router itself records none.
      return { value: `00-${notZero(hex(32))}-${notZero(hex(16))}-01`, isNew: true };
    },
  };
}

/** Visible ASCII, at most 128 characters. */
const sane = /^[\x21-\x7e]{1,128}$/;

const notZero = (text: string) => (/^0+$/.test(text) ? text.replace(/.$/, '1') : text);

/** W3C Trace Context, section 3.2: a later version may bring further fields behind the four. */
function isTraceParent(text: string): boolean {
  const found = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/.exec(text);
  if (found === null) return false;
  const [, version, trace = '', parent = '', , rest] = found;
  if (version === 'ff' || (version === '00' && rest !== undefined)) return false;
  return !/^0+$/.test(trace) && !/^0+$/.test(parent);
}
