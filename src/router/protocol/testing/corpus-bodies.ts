import { type HostileRequest, message, poison } from './hostile.ts';

const post = 'POST / HTTP/1.1';
const host = 'Host: x';
const end = 'Connection: close';

const refused = (name: string, bytes: string, answer: number | readonly number[] = 400): HostileRequest => ({
  name,
  bytes: bytes + poison,
  answers: [answer],
  reached: [],
});

/** A POST with these fields and a body of `abcd`, by whichever field a parser believes. */
const lengthed = (name: string, ...fields: readonly string[]): HostileRequest =>
  refused(name, message(post, host, ...fields, '', 'abcd'));

/** A POST with this transfer coding, framed in chunks. */
const coded = (name: string, ...fields: readonly string[]): HostileRequest =>
  refused(name, message(post, host, ...fields, '', '4', 'abcd', '0', '', ''), [400, 501]);

/** A POST in chunks whose chunked part is this. */
const chunked = (name: string, body: string, answer: number | readonly number[] = 400): HostileRequest => ({
  ...refused(name, message(post, host, 'Transfer-Encoding: chunked', '', body), answer),
  begins: true,
});

const whole = (name: string, bytes: string, more: Partial<HostileRequest> = {}): HostileRequest => ({
  name,
  bytes,
  answers: [200],
  reached: [post],
  ...more,
});

const wholeChunks = (name: string, coding: string, chunks: string): HostileRequest =>
  whole(name, message(post, host, end, coding, '', chunks), { body: 'abcd' });

/** Where the body of a request ends: what requests are smuggled with. */
export const bodies: readonly HostileRequest[] = [
  lengthed('two lengths that differ', 'Content-Length: 4', 'Content-Length: 5'),
  lengthed('two lengths that are equal', 'Content-Length: 4', 'Content-Length: 4'),
  lengthed('a list of lengths', 'Content-Length: 4, 4'),
  lengthed('a list of lengths that differ', 'Content-Length: 4, 5'),
  lengthed('a length with a plus', 'Content-Length: +4'),
  lengthed('a negative length', 'Content-Length: -4'),
  lengthed('a length in hexadecimal', 'Content-Length: 0x4'),
  lengthed('a length with letters behind', 'Content-Length: 4a'),
  lengthed('a length with a fraction', 'Content-Length: 4.0'),
  lengthed('a length with an exponent', 'Content-Length: 4e0'),
  lengthed('a length of two numbers', 'Content-Length: 4 4'),
  lengthed('a length of nothing', 'Content-Length:'),
  lengthed('a length in quotes', 'Content-Length: "4"'),
  lengthed('a length in other digits', 'Content-Length: \xb2'),
  lengthed('a length beyond 64 bits', 'Content-Length: 18446744073709551620'),
  refused(
    'a length beyond every limit',
    message(post, host, 'Content-Length: 9007199254740993', '', ''),
    413,
  ),
  lengthed('a length and a coding', 'Content-Length: 4', 'Transfer-Encoding: chunked'),
  lengthed('a coding and a length', 'Transfer-Encoding: chunked', 'Content-Length: 4'),
  lengthed('a length of 0 and a coding', 'Content-Length: 0', 'Transfer-Encoding: chunked'),
  lengthed(
    'a coding and a length with a space before its colon',
    'Transfer-Encoding: chunked',
    'Content-Length : 4',
  ),

  coded('a coding that only ends like chunked', 'Transfer-Encoding: xchunked'),
  coded('a coding that only begins like chunked', 'Transfer-Encoding: chunkedx'),
  coded('identity as the coding', 'Transfer-Encoding: identity'),
  coded('identity before chunked', 'Transfer-Encoding: identity, chunked'),
  coded('identity behind chunked', 'Transfer-Encoding: chunked, identity'),
  coded('another coding before chunked', 'Transfer-Encoding: gzip, chunked'),
  coded('chunked twice in one field', 'Transfer-Encoding: chunked, chunked'),
  coded('chunked twice in two fields', 'Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'),
  coded('chunked and identity in two fields', 'Transfer-Encoding: chunked', 'Transfer-Encoding: identity'),
  coded('identity and chunked in two fields', 'Transfer-Encoding: identity', 'Transfer-Encoding: chunked'),
  coded('a comma behind chunked', 'Transfer-Encoding: chunked,'),
  coded('a comma before chunked', 'Transfer-Encoding: ,chunked'),
  coded('a parameter of chunked', 'Transfer-Encoding: chunked;q=1'),
  coded('chunked in quotes', 'Transfer-Encoding: "chunked"'),
  coded('a vertical tab before chunked', 'Transfer-Encoding: \x0bchunked'),
  coded('a vertical tab behind chunked', 'Transfer-Encoding: chunked\x0b'),
  coded('a NUL behind chunked', 'Transfer-Encoding: chunked\x00'),
  coded('a space within chunked', 'Transfer-Encoding: chu nked'),
  coded('a coding of nothing', 'Transfer-Encoding:'),
  coded('a space before the colon of the coding', 'Transfer-Encoding : chunked'),
  coded('a tab before the colon of the coding', 'Transfer-Encoding\t: chunked'),
  coded('a space before the coding', ' Transfer-Encoding: chunked'),
  coded('a folded coding', 'Transfer-Encoding:\r\n chunked'),
  coded('a coding behind a bare line feed', 'X: y\nTransfer-Encoding: chunked'),
  coded('a coding behind a bare carriage return', 'X: y\rTransfer-Encoding: chunked'),
  wholeChunks('a coding in capitals', 'Transfer-Encoding: CHUNKED', '4\r\nabcd\r\n0\r\n\r\n'),
  wholeChunks('a coding behind a tab', 'Transfer-Encoding: \tchunked', '4\r\nabcd\r\n0\r\n\r\n'),
  coded('a tab behind chunked', 'Transfer-Encoding: chunked\t'),
  wholeChunks('a coding between spaces', 'Transfer-Encoding:  chunked  ', '4\r\nabcd\r\n0\r\n\r\n'),

  chunked('a size that is no number', 'g\r\nabcd\r\n0\r\n\r\n'),
  chunked('a negative size', '-4\r\nabcd\r\n0\r\n\r\n'),
  chunked('a size with a plus', '+4\r\nabcd\r\n0\r\n\r\n'),
  chunked('a size with 0x', '0x4\r\nabcd\r\n0\r\n\r\n'),
  chunked('a size with an underscore', '1_0\r\n0123456789abcdef\r\n0\r\n\r\n'),
  chunked('a size of nothing', '\r\nabcd\r\n0\r\n\r\n'),
  chunked('a blank before the size', ' 4\r\nabcd\r\n0\r\n\r\n'),
  chunked('a blank behind the size', '4 \r\nabcd\r\n0\r\n\r\n'),
  chunked('a tab behind the size', '4\t\r\nabcd\r\n0\r\n\r\n'),
  chunked('a size beyond 64 bits', '10000000000000004\r\nabcd\r\n0\r\n\r\n'),
  chunked('a line feed alone behind the size', '4\nabcd\r\n0\r\n\r\n'),
  chunked('a carriage return alone behind the size', '4\rabcd\r\n0\r\n\r\n'),
  chunked('a chunk longer than its size', '4\r\nabcdef\r\n0\r\n\r\n'),
  chunked('a chunk without its line end', '4\r\nabcd0\r\n\r\n'),
  chunked('a line feed alone behind a chunk', '4\r\nabcd\n0\r\n\r\n'),
  chunked('a line feed alone in an extension', '4;a\nb\r\nabcd\r\n0\r\n\r\n'),
  chunked('a carriage return alone in an extension', '4;a\rb\r\nabcd\r\n0\r\n\r\n'),
  chunked('a NUL in an extension', '4;a\x00b\r\nabcd\r\n0\r\n\r\n'),
  chunked('an extension without an end', `4;${'a'.repeat(40_000)}\r\nabcd\r\n0\r\n\r\n`, [400, 413]),
  chunked('line feeds alone at the end', '4\r\nabcd\r\n0\n\n'),
  chunked('a space before the colon of a trailer', '4\r\nabcd\r\n0\r\nX : y\r\n\r\n'),
  chunked('a folded trailer', '4\r\nabcd\r\n0\r\nX: y\r\n z\r\n\r\n'),
  chunked('a bare carriage return in a trailer', '4\r\nabcd\r\n0\r\nX: y\rZ: 1\r\n\r\n'),
  chunked('trailers without an end', `4\r\nabcd\r\n0\r\n${'X: y\r\n'.repeat(20_000)}\r\n`, [400, 431]),
  wholeChunks('an extension', 'Transfer-Encoding: chunked', '4;a=b;c="d"\r\nabcd\r\n0\r\n\r\n'),
  wholeChunks('a size with zeros before it', 'Transfer-Encoding: chunked', '0000004\r\nabcd\r\n000\r\n\r\n'),
  chunked('a length among the trailers', '4\r\nabcd\r\n0\r\nContent-Length: 40\r\n\r\n'),
  chunked('a coding among the trailers', '4\r\nabcd\r\n0\r\nTransfer-Encoding: chunked\r\n\r\n'),
  whole(
    'trailers that would change the head',
    message(
      post,
      host,
      end,
      'Transfer-Encoding: chunked',
      '',
      '4',
      'abcd',
      '0',
      'X-Forwarded-For: 6.6.6.6',
      'Host: evil',
      '',
      '',
    ),
    { body: 'abcd', noFields: ['x-forwarded-for: 6.6.6.6', 'host: evil'] },
  ),

  whole(
    'a body of a GET',
    message('GET / HTTP/1.1', host, end, `Content-Length: ${poison.length}`, '', poison),
    {
      reached: ['GET / HTTP/1.1'],
      body: poison,
    },
  ),
  whole(
    'a chunked body of a GET',
    message('GET / HTTP/1.1', host, end, 'Transfer-Encoding: chunked', '', '4', 'abcd', '0', '', ''),
    {
      reached: ['GET / HTTP/1.1'],
      body: 'abcd',
    },
  ),
  whole(
    'a body of a DELETE',
    message('DELETE / HTTP/1.1', host, end, `Content-Length: ${poison.length}`, '', poison),
    {
      reached: ['DELETE / HTTP/1.1'],
      body: poison,
    },
  ),
  whole('a length with zeros before it', message(post, host, end, 'Content-Length: 0000000004', '', 'abcd'), {
    body: 'abcd',
  }),
  whole('a length between blanks', message(post, host, end, 'Content-Length: \t4 ', '', 'abcd'), {
    body: 'abcd',
  }),
  whole(
    'a length named by Connection',
    message(post, host, 'Connection: close, Content-Length', 'Content-Length: 4', '', 'abcd'),
    {
      body: 'abcd',
    },
  ),
  whole(
    'a coding named by Connection',
    message(
      post,
      host,
      'Connection: close, Transfer-Encoding',
      'Transfer-Encoding: chunked',
      '',
      '4',
      'abcd',
      '0',
      '',
      '',
    ),
    {
      body: 'abcd',
    },
  ),
  whole('bytes behind a body', message(post, host, end, 'Content-Length: 4', '', `abcd${poison}`), {
    body: 'abcd',
  }),
  {
    name: 'a body that the router did not read before it refused the request',
    bytes:
      message(post, host, 'X-Fairway-Arm: neither', `Content-Length: ${poison.length}`, '', poison) +
      message('GET /next HTTP/1.1', host, end, '', ''),
    answers: [400, 200],
    reached: ['GET /next HTTP/1.1'],
  },
  {
    name: 'a body that is shorter than its length',
    bytes: message(post, host, `Content-Length: ${poison.length + 1}`, '', poison),
    answers: [],
    reached: [],
    begins: true,
  },
  {
    name: 'a chunk that is shorter than its size',
    bytes: message(post, host, 'Transfer-Encoding: chunked', '', 'fffffffffff', 'abcd', '0', '', poison),
    answers: [],
    reached: [],
    begins: true,
  },
];
