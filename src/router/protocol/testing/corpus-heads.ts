import { type HostileRequest, message, poison } from './hostile.ts';

const get = 'GET / HTTP/1.1';

const refused = (
  name: string,
  fields: readonly string[],
  answer: number | readonly number[] = 400,
): HostileRequest => ({
  name,
  bytes: message(get, ...fields, '', '') + poison,
  answers: [answer],
  reached: [],
});

/** A field that no message may have, behind a good one. */
const badField = (name: string, field: string): HostileRequest => refused(name, ['Host: x', field]);

const passed = (
  name: string,
  fields: readonly string[],
  more: Partial<HostileRequest> = {},
): HostileRequest => ({
  name,
  bytes: message(get, 'Host: x', ...fields, '', ''),
  answers: [200],
  reached: [get],
  ...more,
});

const end = 'Connection: close';
const numbered = (count: number) => Array.from({ length: count }, (_, index) => `X-${index}: y`);

/** Fields: syntax, Host, sizes, those that end at the router, Expect, Upgrade. */
export const heads: readonly HostileRequest[] = [
  badField('a folded line', 'X: y\r\n z'),
  badField('a folded line with a tab', 'X: y\r\n\tz'),
  refused('a folded line as the first', [' X: y', 'Host: x']),
  badField('a space before the colon', 'X : y'),
  badField('a tab before the colon', 'X\t: y'),
  badField('a space within a name', 'X Y: z'),
  badField('no name', ': y'),
  badField('no colon', 'X'),
  badField('a NUL in a name', 'X\x00Y: z'),
  badField('a NUL in a value', 'X: y\x00z'),
  badField('a control character in a name', 'X\x01: y'),
  badField('a control character in a value', 'X: y\x01z'),
  badField('a vertical tab in a value', 'X: y\x0bz'),
  badField('a form feed in a value', 'X: y\x0cz'),
  badField('an escape in a value', 'X: y\x1bz'),
  badField('DEL in a value', 'X: y\x7fz'),
  badField('a byte beyond ASCII in a name', 'X\xe9: y'),
  badField('brackets in a name', 'X(y): z'),
  badField('a bare carriage return in a value', 'X: y\rz'),
  badField('a bare carriage return at the end of a value', 'X: y\r\r\nZ: 1'),
  badField('a bare line feed behind a value', 'X: y\nZ: 1'),
  { name: 'line feeds alone', bytes: `GET / HTTP/1.1\nHost: x\n\n${poison}`, answers: [400], reached: [] },
  {
    name: 'a line feed alone at the end',
    bytes: `GET / HTTP/1.1\r\nHost: x\r\n\n${poison}`,
    answers: [400],
    reached: [],
  },
  passed('a byte beyond ASCII in a value', ['X: caf\xe9', end], { fields: ['x: caf\xe9'] }),
  passed('blanks around a value', ['X:\t y \t', end], { fields: ['x: y'] }),

  refused('no Host', []),
  refused('two Hosts', ['Host: x', 'Host: y']),
  refused('two equal Hosts', ['Host: x', 'Host: x']),
  refused('an empty Host', ['Host:']),
  refused('a Host with a space', ['Host: x y']),
  refused('a Host with a comma', ['Host: x,y']),
  refused('a Host with a path', ['Host: x/y']),
  refused('a Host with credentials', ['Host: user@x']),
  refused('a Host with a port of letters', ['Host: x:http']),
  refused('a Host with two ports', ['Host: x:80:81']),
  refused('a Host with a port beyond all', ['Host: x:65536']),
  refused('a Host with brackets around a name', ['Host: [x]']),
  refused('a Host with a quote', ["Host: x'><"]),
  refused('a Host with bytes beyond ASCII', ['Host: caf\xe9']),
  passed('a Host that is an IPv6 address', [], {
    bytes: message(get, 'Host: [::1]:8080', end, '', ''),
    fields: ['host: [::1]:8080', 'x-forwarded-host: [::1]:8080'],
  }),
  passed('HTTP/1.0 without a Host', [], {
    bytes: 'GET / HTTP/1.0\r\n\r\n',
    noFields: ['x-forwarded-host: '],
  }),
  {
    name: 'HTTP/1.0 with a coding',
    bytes:
      message(
        'POST / HTTP/1.0',
        'Host: x',
        'Connection: keep-alive',
        'Transfer-Encoding: chunked',
        '',
        '0',
        '',
        '',
      ) + poison,
    answers: [[400, 501]],
    reached: [],
  },

  refused('a value longer than any head', ['Host: x', `X: ${'y'.repeat(100_000)}`], 431),
  refused(
    'fields longer than any head',
    ['Host: x', ...numbered(90).map((field) => field + 'y'.repeat(800))],
    431,
  ),
  refused('very many fields', ['Host: x', ...numbered(200)], 431),
  refused('more fields than a list of 2000 holds', ['Host: x', ...numbered(2_100)], 431),
  passed('as many fields as may be', [...numbered(97), end]),
  passed('a value as long as may be', [`X: ${'y'.repeat(30_000)}`, end], {
    fields: [`x: ${'y'.repeat(30_000)}`],
  }),

  passed(
    'fields between neighbours',
    [
      'Connection: close, X-Hop',
      'X-Hop: 1',
      'Keep-Alive: timeout=5',
      'Proxy-Connection: keep-alive',
      'Proxy-Authorization: Basic eA==',
      'TE: trailers',
      'Trailer: X',
    ],
    {
      noFields: ['x-hop:', 'keep-alive:', 'proxy-connection:', 'proxy-authorization:', 'te:', 'trailer:'],
    },
  ),
  passed('fields named by a second Connection', [end, 'Connection: X-Hop', 'X-Hop: 1'], {
    noFields: ['x-hop:'],
  }),
  passed(
    'Host and the router’s own fields named by Connection',
    ['Connection: close, Host, X-Forwarded-For, X-Request-Id, Traceparent'],
    {
      fields: ['host: x', 'x-forwarded-for: 127.0.0.1'],
    },
  ),
  passed(
    'claims of who the caller is',
    [
      'Forwarded: for=6.6.6.6',
      'X-Forwarded-For: 6.6.6.6',
      'X-Forwarded-Proto: https',
      'X-Forwarded-Host: evil',
      'X-Forwarded-Port: 1',
      'X-Forwarded-Prefix: /a',
      'X-Real-IP: 6.6.6.6',
      'Via: 1.1 evil',
      end,
    ],
    {
      noFields: [
        'forwarded: for=6.6.6.6',
        'x-forwarded-for: 6.6.6.6',
        'x-forwarded-proto: https',
        'x-forwarded-host: evil',
        'x-forwarded-port: 1',
        'x-forwarded-prefix:',
        'x-real-ip:',
      ],
      fields: ['x-forwarded-for: 127.0.0.1', 'x-forwarded-proto: http', 'x-forwarded-host: x'],
    },
  ),
  passed(
    'claims with an underscore, which some servers read as a dash',
    [
      'X_Forwarded_For: 6.6.6.6',
      'X_Real-IP: 6.6.6.6',
      'Content_Length: 5',
      'Transfer_Encoding: chunked',
      'X_Request_Id: a',
      'api_key: kept',
      end,
    ],
    {
      noFields: ['x_forwarded_for:', 'x_real-ip:', 'content_length:', 'transfer_encoding:', 'x_request_id:'],
      fields: ['api_key: kept'],
    },
  ),

  refused('an expectation nobody knows', ['Host: x', 'Expect: 200-ok'], 417),
  refused('an expectation that only ends like a known one', ['Host: x', 'Expect: x-100-continue'], 417),
  refused('an expectation among others', ['Host: x', 'Expect: 100-continue, foo'], 417),
  passed('an expectation without a body', ['Expect: 100-continue', end], { noFields: ['expect:'] }),
  passed('an expectation in HTTP/1.0, where there is none', [], {
    bytes: 'GET / HTTP/1.0\r\nHost: x\r\nExpect: 200-ok\r\n\r\n',
    noFields: ['expect:'],
  }),

  passed(
    'an upgrade to HTTP/2',
    ['Connection: close, Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAAQAAP__'],
    {
      noFields: ['upgrade:', 'http2-settings:'],
    },
  ),
  passed(
    'an upgrade to HTTP/2 that Connection does not name',
    ['Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAAQAAP__', end],
    {
      noFields: ['upgrade:', 'http2-settings:'],
    },
  ),
  passed('an upgrade to TLS', ['Connection: close, Upgrade', 'Upgrade: TLS/1.0'], { noFields: ['upgrade:'] }),
  passed(
    'an upgrade to a WebSocket or something else',
    ['Connection: close, Upgrade', 'Upgrade: websocket, h2c'],
    { noFields: ['upgrade:'] },
  ),
  passed('an upgrade that Connection does not name', ['Upgrade: websocket', end], { noFields: ['upgrade:'] }),
  passed('an upgrade of a POST', [], {
    bytes: message(
      'POST / HTTP/1.1',
      'Host: x',
      'Connection: close, Upgrade',
      'Upgrade: websocket',
      'Content-Length: 4',
      '',
      'abcd',
    ),
    reached: ['POST / HTTP/1.1'],
    body: 'abcd',
    noFields: ['upgrade:'],
  }),
  refused('a WebSocket with a body', [
    'Host: x',
    'Connection: Upgrade',
    'Upgrade: websocket',
    `Content-Length: ${poison.length}`,
  ]),
  refused('a WebSocket with a chunked body', [
    'Host: x',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Transfer-Encoding: chunked',
  ]),
  refused('a WebSocket with two Hosts', ['Host: x', 'Host: y', 'Connection: Upgrade', 'Upgrade: websocket']),
  {
    name: 'a WebSocket that the replica does not agree to, with a request as its first bytes',
    bytes:
      message(
        get,
        'Host: x',
        'Connection: Upgrade',
        'Upgrade: websocket',
        'Sec-WebSocket-Version: 777',
        '',
        '',
      ) + poison,
    answers: [200],
    reached: [get],
  },
];
