import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AnswerBroken, type AnswerHead, AnswerParser } from './parser.ts';

interface Read {
  heads: AnswerHead[];
  body: string;
  ends: number;
}

/** Reads the parts as they would come from a connection, whose buffer is used again each time. */
function read(parts: readonly string[], options: { isHead?: boolean; closes?: boolean } = {}): Read {
  const seen: Read = { heads: [], body: '', ends: 0 };
  const parser = new AnswerParser({
    onHead: (head) => seen.heads.push(head),
    onBody: (part) => (seen.body += part.toString('latin1')),
    onEnd: () => (seen.ends += 1),
  });
  parser.expect(options.isHead ?? false);
  const buffer = Buffer.alloc(70_000);
  for (const part of parts) {
    const length = buffer.write(part, 'latin1');
    parser.read(buffer.subarray(0, length));
    buffer.fill(0x21);
  }
  if (options.closes === true) parser.close();
  return seen;
}

const answers = [
  ['with a length', 'HTTP/1.1 200 OK\r\nA: 1\r\nContent-Length: 4\r\n\r\nbody', 'body'],
  [
    'in parts',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\nbo\r\n02\r\ndy\r\n0\r\nT: 1\r\n\r\n',
    'body',
  ],
  ['without a body', 'HTTP/1.1 204 No Content\r\nContent-Length: 4\r\n\r\n', ''],
  [
    'behind a hint',
    'HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
    'ok',
  ],
] as const;

describe.each(answers)('an answer %s', (_, text, body) => {
  test('is the same however it is cut', () => {
    const whole = read([text]);
    expect([whole.body, whole.ends, whole.heads.length]).toEqual([body, 1, 1]);
    const cuts = fc.uniqueArray(fc.integer({ min: 1, max: text.length - 1 }), { maxLength: text.length });
    fc.assert(
      fc.property(cuts, (places) => {
        const sorted = [0, ...places.toSorted((a, b) => a - b), text.length];
        const parts = sorted.slice(1).map((end, index) => text.slice(sorted[index], end));
        expect(read(parts)).toEqual(whole);
      }),
    );
  });
});

test('the answer to HEAD has no body, whatever length it tells', () => {
  expect(read(['HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n'], { isHead: true })).toMatchObject({
    body: '',
    ends: 1,
  });
});

test('an answer without a length ends with its connection', () => {
  const text = 'HTTP/1.0 200 OK\r\n\r\nall of it';
  expect(read([text], { closes: true })).toMatchObject({ body: 'all of it', ends: 1 });
  expect(read([text]).ends).toBe(0);
});

test.each([
  ['one that breaks off in its body', 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbo'],
  [
    'one that breaks off between its parts',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nbo\r\n',
  ],
  ['one that breaks off in its head', 'HTTP/1.1 200 OK\r\nContent-'],
  ['more than was asked for', 'HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 200 OK\r\n\r\n'],
  ['lines that end in a line feed alone', 'HTTP/1.1 200 OK\nContent-Length: 0\n\n'],
  [
    'a part longer than it said',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nbody\r\n0\r\n\r\n',
  ],
  ['a size with a sign', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n+2\r\nbo\r\n0\r\n\r\n'],
])('%s is no answer', (_, text) => {
  expect(() => read([text], { closes: true })).toThrow(AnswerBroken);
});
