import type { IncomingMessage } from 'node:http';
import { isIPv6 } from 'node:net';
import type { ListenerSettings } from './settings.ts';

/** Why a request is not passed on. The connection is closed behind the answer: what follows cannot be trusted. */
export interface Fault {
  readonly status: number;
  readonly sentence: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What of a head decides whether and how its body is read. */
export interface Framing {
  readonly hasBody: boolean;
  readonly fault: Fault | null;
}

/**
 * What Node's parser lets through and a strict proxy does not. Everything that makes the end of a body doubtful is
 * refused by that parser already; this is the second look, and what only a proxy has to mind.
 */
export function framingOf(request: IncomingMessage, settings: ListenerSettings): Framing {
  const { rawHeaders } = request;
  let hosts = 0;
  let [host, coding, length, expectation] = [nothing, nothing, nothing, nothing];
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? '';
    // Most fields are told apart by the length of their names already.
    if (name.length === 4 && name.toLowerCase() === 'host') {
      hosts += 1;
      host = rawHeaders[at + 1] ?? '';
    } else if (name.length === 6 && name.toLowerCase() === 'expect') {
      expectation = expectation === null ? (rawHeaders[at + 1] ?? '') : 'several';
    } else if (name.length === 14 && name.toLowerCase() === 'content-length') {
      length = length === null ? (rawHeaders[at + 1] ?? '') : 'several';
    } else if (name.length === 17 && name.toLowerCase() === 'transfer-encoding') {
      coding = coding === null ? (rawHeaders[at + 1] ?? '') : 'several';
    }
  }
  const fault =
    lineFault(request, settings) ??
    (rawHeaders.length > 2 * settings.fields ? tooManyFields : null) ??
    hostFault(request, hosts, host) ??
    bodyFault(request, coding, length, settings) ??
    (expectation === null || isContinue(expectation) || isOld(request) ? null : unknownExpectation);
  return { hasBody: coding !== null || (length !== null && length !== '0'), fault };
}

const nothing: string | null = null;
const isOld = ({ httpVersionMinor }: IncomingMessage) => httpVersionMinor === 0;
const isContinue = (expectation: string) => expectation.toLowerCase() === '100-continue';

const bad = (sentence: string): Fault => ({ status: 400, sentence });

function lineFault(request: IncomingMessage, settings: ListenerSettings): Fault | null {
  const { httpVersion, method, url = '' } = request;
  if (httpVersion !== '1.1' && httpVersion !== '1.0') return wrongVersion;
  if (method === 'TRACE' || method === 'CONNECT') return notAllowed;
  if (url.length > settings.target) return tooLong;
  if (url === '*' && method !== 'OPTIONS') return bad('only OPTIONS may ask for the whole server');
  return cleanTarget.test(url) ? null : bad('the request target has characters that no address has');
}

/** Visible ASCII but no fragment: that never leaves a browser, and servers behind us differ in what they take it for. */
const cleanTarget = /^[!"$-~]+$/;

function hostFault(request: IncomingMessage, hosts: number, host: string | null): Fault | null {
  if (hosts > 1) return bad('the request names more than one host');
  if (host === null) return isOld(request) ? null : bad('the request names no host');
  return isHost(host) ? null : bad('the host that the request names is none');
}

/** A name or an address with or without a port (RFC 9110, section 7.2), without the characters that names never have. */
export function isHost(text: string): boolean {
  const found = hostAndPort.exec(text);
  if (found === null) return false;
  const [, name = '', port = ''] = found;
  return Number(port) <= 65_535 && (!name.startsWith('[') || isIPv6(name.slice(1, -1)));
}

const hostAndPort = /^([\w.~%-]{1,255}|\[[\da-f:.]{2,45}\])(?::(\d{0,5}))?$/i;

function bodyFault(
  request: IncomingMessage,
  coding: string | null,
  length: string | null,
  settings: ListenerSettings,
): Fault | null {
  if (coding !== null) {
    // RFC 9112, section 6.1: HTTP/1.0 has no codings, so its framing is taken for faulty.
    if (isOld(request)) return bad('HTTP/1.0 has no transfer codings');
    if (length !== null) return bad('the request has a length and a transfer coding');
    return coding.toLowerCase() === 'chunked' ? null : unknownCoding;
  }
  if (length === null) return null;
  if (!/^\d+$/.test(length)) return bad('the length of the request is no number');
  return Number(length) > settings.body ? tooLarge(settings) : null;
}

export const tooLarge = ({ body }: Pick<ListenerSettings, 'body'>): Fault => ({
  status: 413,
  sentence: `the body of the request is larger than ${body} bytes`,
});

const wrongVersion: Fault = {
  status: 505,
  sentence: 'the only versions of HTTP on this port are 1.1 and 1.0',
};
const notAllowed: Fault = {
  status: 405,
  sentence: 'neither TRACE nor CONNECT is passed on',
  headers: { allow: 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS' },
};
const tooLong: Fault = { status: 414, sentence: 'the request target is too long' };
const tooManyFields: Fault = { status: 431, sentence: 'the request has too many header fields' };
const unknownCoding: Fault = {
  status: 501,
  sentence: 'the only transfer coding that is understood is chunked',
};
const unknownExpectation: Fault = {
  status: 417,
  sentence: 'the only expectation that is understood is 100-continue',
};
