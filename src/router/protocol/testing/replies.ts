import { message } from './hostile.ts';

/** An answer of a replica that could be read in two ways, or that is none. */
export interface HostileReply {
  readonly name: string;
  /** What the replica writes, part by part; then it closes the connection if `closes`. */
  readonly parts: readonly string[];
  readonly closes?: boolean;
  readonly method?: string;
  /**
   * What the caller gets. A status: that answer, whole, with `text` as its body. `aborted`: an answer that the caller can
   * see is not whole.
   */
  readonly gives: number | readonly number[] | 'aborted';
  readonly text?: string;
  /** Bytes come behind it that belong to nothing: the router closes the connection, and does so before anybody uses it again. */
  readonly isSpoilt?: boolean;
  readonly noFields?: readonly string[];
}

const ok = 'HTTP/1.1 200 OK';
const poison = 'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison';

const broken = (name: string, ...lines: readonly string[]): HostileReply => ({
  name,
  parts: [message(...lines) + poison],
  gives: 502,
});

const cut = (name: string, parts: readonly string[], closes = true): HostileReply => ({
  name,
  parts,
  closes,
  gives: 'aborted',
});

const good = (
  name: string,
  parts: readonly string[],
  text: string,
  more: Partial<HostileReply> = {},
): HostileReply => ({
  name,
  parts,
  gives: 200,
  text,
  ...more,
});

export const replies: readonly HostileReply[] = [
  broken('two lengths that differ', ok, 'Content-Length: 2', 'Content-Length: 3', '', 'abc'),
  broken('a list of lengths', ok, 'Content-Length: 2, 3', '', 'abc'),
  broken('a length with a form feed behind it', ok, 'Content-Length: 2\x0c', '', 'ab'),
  broken(
    'chunks with a vertical tab behind them',
    ok,
    'Transfer-Encoding: chunked\x0b',
    '',
    '2',
    'ab',
    '0',
    '',
  ),
  broken('a length that is no number', ok, 'Content-Length: two', '', 'ab'),
  broken('a negative length', ok, 'Content-Length: -2', '', 'ab'),
  broken('a length beyond 64 bits', ok, 'Content-Length: 18446744073709551618', '', 'ab'),
  broken(
    'a length and a coding',
    ok,
    'Content-Length: 2',
    'Transfer-Encoding: chunked',
    '',
    '2',
    'ab',
    '0',
    '',
    '',
  ),
  broken(
    'a coding and a length',
    ok,
    'Transfer-Encoding: chunked',
    'Content-Length: 2',
    '',
    '2',
    'ab',
    '0',
    '',
    '',
  ),
  broken('no status line', 'this is no HTTP', '', ''),
  broken('a status of two digits', 'HTTP/1.1 20 OK', 'Content-Length: 2', '', 'ab'),
  broken('a status of four digits', 'HTTP/1.1 2000 OK', 'Content-Length: 2', '', 'ab'),
  broken('a status of letters', 'HTTP/1.1 abc OK', 'Content-Length: 2', '', 'ab'),
  broken('a status of zeros', 'HTTP/1.1 000 OK', 'Content-Length: 2', '', 'ab'),
  broken('another version', 'HTTP/3.0 200 OK', 'Content-Length: 2', '', 'ab'),
  broken('another protocol', 'ICY 200 OK', 'Content-Length: 2', '', 'ab'),
  broken('a space before a colon', ok, 'Content-Length : 2', '', 'ab'),
  broken('a folded line', ok, 'X: y', ' z', 'Content-Length: 2', '', 'ab'),
  broken('a NUL in a value', ok, 'X: y\x00z', 'Content-Length: 2', '', 'ab'),
  broken('a control character in a value', ok, 'X: y\x01z', 'Content-Length: 2', '', 'ab'),
  broken('a bare carriage return in a value', ok, 'X: y\rSet-Cookie: a=b', 'Content-Length: 2', '', 'ab'),
  broken('a name that is no token', ok, 'X(y): z', 'Content-Length: 2', '', 'ab'),
  broken('a line without a colon', ok, 'X', 'Content-Length: 2', '', 'ab'),
  broken(
    'a switch of protocols that nobody asked for',
    'HTTP/1.1 101 Switching Protocols',
    'Connection: Upgrade',
    'Upgrade: x',
    '',
    '',
  ),
  broken(
    '100 Continue that nobody asked for, twice',
    'HTTP/1.1 100 Continue',
    '',
    'HTTP/1.1 100 Continue',
    '',
    '',
  ),
  broken('a head beyond all limits', ok, `X: ${'y'.repeat(200_000)}`, 'Content-Length: 2', '', 'ab'),
  { name: 'nothing at all', parts: [], closes: true, gives: 502 },
  { name: 'half a status line', parts: ['HTTP/1.1 20'], closes: true, gives: 502 },
  { name: 'half a head', parts: [`${ok}\r\nContent-Length: 2\r\n`], closes: true, gives: 502 },

  cut('a body shorter than its length', [message(ok, 'Content-Length: 9', '', 'half')]),
  cut('a body without a single byte of its length', [message(ok, 'Content-Length: 9', '', '')]),
  cut('chunks without an end', [message(ok, 'Transfer-Encoding: chunked', '', '4', 'half', '')]),
  cut('a chunk shorter than its size', [message(ok, 'Transfer-Encoding: chunked', '', '9', 'half')]),
  cut(
    'a size of a chunk that is no number',
    [message(ok, 'Transfer-Encoding: chunked', '', '4', 'half', 'x', 'y', '0', '', '')],
    false,
  ),
  cut(
    'a chunk longer than its size',
    [message(ok, 'Transfer-Encoding: chunked', '', '2', 'half', '0', '', '')],
    false,
  ),
  cut(
    'a line feed alone behind the size of a chunk',
    [`${ok}\r\nTransfer-Encoding: chunked\r\n\r\n4\nhalf\r\n0\r\n\r\n`],
    false,
  ),
  cut(
    'a bad size that comes later',
    [message(ok, 'Transfer-Encoding: chunked', '', '4', 'half', ''), 'zz\r\n'],
    false,
  ),
  cut(
    'a broken trailer',
    [message(ok, 'Transfer-Encoding: chunked', '', '4', 'half', '0', 'X : y', '', '')],
    false,
  ),

  good('bytes behind a body', [message(ok, 'Content-Length: 2', '', 'ab') + poison], 'ab'),
  good(
    'a whole answer behind an answer, a little later',
    [message(ok, 'Content-Length: 2', '', 'ab'), poison],
    'ab',
    {
      isSpoilt: true,
    },
  ),
  good(
    'bytes behind the last chunk',
    [message(ok, 'Transfer-Encoding: chunked', '', '2', 'ab', '0', '', poison)],
    'ab',
  ),
  good('a body of HEAD', [message(ok, 'Content-Length: 6', '', 'poison')], '', { method: 'HEAD' }),
  good('a body of 204', [message('HTTP/1.1 204 No Content', '', 'poison')], '', { gives: 204 }),
  good('a body of 304', [message('HTTP/1.1 304 Not Modified', 'Content-Length: 6', '', 'poison')], '', {
    gives: 304,
  }),
  good('a body that ends with its connection', [message(ok, '', 'ab')], 'ab', { closes: true }),
  good('HTTP/1.0', [message('HTTP/1.0 200 OK', '', 'ab')], 'ab', { closes: true }),
  good(
    'a hint before the answer',
    [message('HTTP/1.1 103 Early Hints', 'Link: </a>', '', ok, 'Content-Length: 2', '', 'ab')],
    'ab',
  ),
  good(
    'many hints before the answer',
    [message('HTTP/1.1 103 Early Hints', '', '').repeat(500) + message(ok, 'Content-Length: 2', '', 'ab')],
    'ab',
  ),
  good(
    'fields between neighbours',
    [
      message(
        ok,
        'Connection: keep-alive, X-Hop',
        'X-Hop: 1',
        'Keep-Alive: timeout=5',
        'Proxy-Authenticate: Basic',
        'Upgrade: h2c',
        'Trailer: X',
        'X-Kept: 1',
        'Content-Length: 2',
        '',
        'ab',
      ),
    ],
    'ab',
    {
      noFields: ['x-hop', 'proxy-authenticate', 'upgrade'],
    },
  ),
  good(
    'what only the router says',
    [message(ok, 'X-Fairway-Revision: evil', 'X-Request-Id: evil', 'Content-Length: 2', '', 'ab')],
    'ab',
    {
      noFields: ['x-fairway-revision: evil', 'x-request-id: evil'],
    },
  ),
  good('two equal lengths', [message(ok, 'Content-Length: 2', 'Content-Length: 2', '', 'ab')], '', {
    gives: [502],
  }),
  good('a byte beyond ASCII in a value', [message(ok, 'X: caf\xe9', 'Content-Length: 2', '', 'ab')], 'ab'),
  good('a length of zeros', [message(ok, 'Content-Length: 00', '', '')], ''),
];
