import { type HostileRequest, message, poison } from './hostile.ts';

const rest = (line: string, ...fields: readonly string[]) =>
  message(line, 'Host: x', 'Connection: close', ...fields, '', '');

const refused = (name: string, line: string, answer: number | readonly number[] = 400): HostileRequest => ({
  name,
  bytes: rest(line) + poison,
  answers: [answer],
  reached: [],
});

const passed = (name: string, line: string, reached = line): HostileRequest => ({
  name,
  bytes: rest(line),
  answers: [200],
  reached: [reached],
});

/** Request lines: methods, targets, versions. */
export const lines: readonly HostileRequest[] = [
  { name: 'HTTP/0.9', bytes: `GET /\r\n${poison}`, answers: [[400, 505]], reached: [] },
  refused('version 0.9', 'GET / HTTP/0.9', [400, 505]),
  refused('version 1.2', 'GET / HTTP/1.2', [400, 505]),
  refused('version 2.0', 'GET / HTTP/2.0', [400, 505]),
  refused('version 1.10', 'GET / HTTP/1.10', [400, 505]),
  refused('a version in small letters', 'GET / http/1.1'),
  refused('a version without a point', 'GET / HTTP/11'),
  // Node's parser takes these for HTTP/1.0; they become HTTP/1.1, so nothing is left to misread.
  passed('a version of another protocol', 'OPTIONS / RTSP/1.0', 'OPTIONS / HTTP/1.1'),
  refused('no version behind a space', 'GET / '),
  {
    name: 'the preface of HTTP/2',
    bytes: `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${poison}`,
    answers: [[400, 505]],
    reached: [],
  },
  {
    name: 'a TLS handshake',
    bytes: '\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03\r\n\r\n',
    answers: [400],
    reached: [],
  },
  {
    name: 'a NUL at the very beginning',
    bytes: `\x00${rest('GET / HTTP/1.1')}`,
    answers: [400],
    reached: [],
  },
  { name: 'a space at the very beginning', bytes: ` ${rest('GET / HTTP/1.1')}`, answers: [400], reached: [] },
  {
    name: 'empty lines before a request',
    bytes: `\r\n\r\n${rest('GET / HTTP/1.1')}`,
    answers: [200],
    reached: ['GET / HTTP/1.1'],
  },

  refused('a method in small letters', 'get / HTTP/1.1', [400, 501]),
  refused('a method that is no token', 'G@T / HTTP/1.1', [400, 501]),
  refused('a method nobody knows', 'FROBNICATE / HTTP/1.1', [400, 405, 501]),
  refused('no method', ' / HTTP/1.1'),
  refused('CONNECT', 'CONNECT x:80 HTTP/1.1', [400, 405, 501]),
  refused('CONNECT with a path', 'CONNECT / HTTP/1.1', [400, 405, 501]),
  refused('TRACE, which tells what it was sent', 'TRACE / HTTP/1.1', [405, 501]),
  refused('GET *', 'GET * HTTP/1.1'),
  { name: 'OPTIONS *', bytes: rest('OPTIONS * HTTP/1.1'), answers: [[200, 204]], reached: [] },
  passed('PROPFIND', 'PROPFIND / HTTP/1.1'),
  passed('OPTIONS of a path', 'OPTIONS /a HTTP/1.1'),

  passed('two spaces before the target', 'GET  / HTTP/1.1', 'GET / HTTP/1.1'),
  refused('a tab before the target', 'GET\t/ HTTP/1.1'),
  refused('a tab behind the target', 'GET /\tHTTP/1.1'),
  refused('a space within the target', 'GET /a b HTTP/1.1'),
  refused('a space behind the version', 'GET / HTTP/1.1 '),
  refused('a carriage return within the target', 'GET /a\rb HTTP/1.1'),
  refused('a line feed within the target', 'GET /a\nb HTTP/1.1'),
  refused('a NUL within the target', 'GET /a\x00b HTTP/1.1'),
  refused('a control character within the target', 'GET /a\x01b HTTP/1.1'),
  refused('DEL within the target', 'GET /a\x7fb HTTP/1.1'),
  refused('a byte beyond ASCII within the target', 'GET /\xe9 HTTP/1.1'),
  refused('a fragment', 'GET /a#b HTTP/1.1'),
  refused('a target without a slash', 'GET a HTTP/1.1'),
  refused('a target of another scheme', 'GET ftp://x/ HTTP/1.1'),
  refused('a target without a host', 'GET http:///a HTTP/1.1'),
  refused('a target with credentials', 'GET http://user:password@x/ HTTP/1.1'),
  refused('a target with a bad host', 'GET http://x%zz\\y/ HTTP/1.1'),
  refused('a target longer than the limit', `GET /${'a'.repeat(17_000)} HTTP/1.1`, 414),
  refused('a target longer than any head', `GET /${'a'.repeat(100_000)} HTTP/1.1`, [414, 431]),
  passed('a target of the longest length', `GET /${'a'.repeat(16_000)} HTTP/1.1`),
  passed('dots in the target', 'GET /a/../../etc/passwd HTTP/1.1'),
  passed('encoded dots and slashes in the target', 'GET /a/%2e%2e%2f%2F..;/%5c%00 HTTP/1.1'),
  passed('a backslash and brackets in the target', 'GET /a\\b[]{}|^`" HTTP/1.1'),
  passed('a target with two slashes at its beginning', 'GET //evil.example/a HTTP/1.1'),
  passed('a target with an address in its query', 'GET /?a=http://evil.example/&b=%0d%0a HTTP/1.1'),
  {
    ...passed(
      'a target with another host than the Host',
      'GET http://other.example:81/a?b HTTP/1.1',
      'GET /a?b HTTP/1.1',
    ),
    fields: ['host: other.example:81'],
    noFields: ['host: x'],
  },
  {
    ...passed('a target with https', 'GET https://x/a HTTP/1.1', 'GET /a HTTP/1.1'),
    fields: ['x-forwarded-proto: http'],
  },
];
