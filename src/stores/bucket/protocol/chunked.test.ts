import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { instant } from '#kernel';
import { sign, signedChunks } from '../testing/raw.ts';
import type { SignatureChain } from './authenticate.ts';
import { chunkedDecoder } from './chunked.ts';

/** Feeds a body in pieces cut at the given places; the content and the trailer, or the code of the refusal. */
function decode(
  body: Buffer,
  chain: SignatureChain | null,
  hasTrailer: boolean,
  cuts: readonly number[] = [],
) {
  const decoder = chunkedDecoder(chain, hasTrailer);
  const contents: Buffer[] = [];
  const edges = [0, ...[...cuts].sort((a, b) => a - b), body.length];
  for (const [index, edge] of edges.entries()) {
    const pushed = decoder.push(body.subarray(edges[index - 1] ?? 0, edge));
    if (!pushed.ok) return pushed.error.code;
    contents.push(...pushed.value);
  }
  const ended = decoder.end();
  return ended.ok
    ? { content: Buffer.concat(contents).toString('latin1'), trailer: ended.value }
    : ended.error.code;
}

const bytes = (text: string) => Buffer.from(text, 'latin1');

describe('an unsigned aws-chunked body', () => {
  test.each([
    ['4\r\nwiki\r\n5\r\npedia\r\n0\r\n\r\n', { content: 'wikipedia', trailer: {} }],
    ['0\r\n\r\n', { content: '', trailer: {} }],
    [
      'A\r\n0123456789\r\n0\r\nx-a:1\r\nX-B: 2 \r\n\r\n',
      { content: '0123456789', trailer: { 'x-a': '1', 'x-b': '2' } },
    ],
    ['2\r\n\r\n\r\n0\r\n\r\n', { content: '\r\n', trailer: {} }],
  ])('%j is understood', (body, expected) => {
    expect(decode(bytes(body), null, true)).toEqual(expected);
  });

  test.each([
    ['that ends in a chunk', '4\r\nwi', 'IncompleteBody'],
    ['without its last chunk', '4\r\nwiki\r\n', 'IncompleteBody'],
    ['without the empty line', '4\r\nwiki\r\n0\r\n', 'IncompleteBody'],
    ['with a chunk longer than said', '4\r\nwikip\r\n0\r\n\r\n', 'IncompleteBody'],
    ['with something after the end', '0\r\n\r\nmore\r\n', 'IncompleteBody'],
    ['with a length that is none', 'x\r\n\r\n', 'IncompleteBody'],
    ['with a negative length', '-1\r\n\r\n', 'IncompleteBody'],
    ['with an endless line', '0'.repeat(5000), 'IncompleteBody'],
    ['with a trailer that is none', '0\r\nnothing\r\n\r\n', 'MalformedTrailerError'],
    ['with an endless trailer', `0\r\n${'x-a:1\r\n'.repeat(17)}\r\n`, 'MalformedTrailerError'],
  ])('%s is refused', (_, body, code) => {
    expect(decode(bytes(body), null, true)).toBe(code);
  });

  it('means the same however it is cut into pieces', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 })),
        fc.array(fc.nat(400)),
        (chunks, cuts) => {
          const framed = chunks.flatMap((chunk) => [
            bytes(`${chunk.length.toString(16)}\r\n`),
            Buffer.from(chunk),
            bytes('\r\n'),
          ]);
          const body = Buffer.concat([...framed, bytes('0\r\nx-t:v\r\n\r\n')]);
          const within = cuts.map((cut) => cut % (body.length + 1));
          expect(decode(body, null, true, within)).toEqual({
            content: Buffer.concat(chunks).toString('latin1'),
            trailer: { 'x-t': 'v' },
          });
        },
      ),
    );
  });
});

describe('a signed aws-chunked body', () => {
  // The worked example of the S3 API reference, "Transferring payload in multiple chunks".
  const example = sign(
    'http://s3.amazonaws.com',
    {
      method: 'PUT',
      path: '/examplebucket/chunkObject.txt',
      headers: {
        'content-encoding': 'aws-chunked',
        'content-length': '66824',
        'x-amz-decoded-content-length': '66560',
        'x-amz-storage-class': 'REDUCED_REDUNDANCY',
      },
    },
    {
      now: instant(Date.UTC(2013, 4, 24)),
      payload: 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
      credentials: {
        accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
        secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
        region: 'us-east-1',
      },
    },
  );
  const chain: SignatureChain = { key: example.key, scope: example.scope, seed: example.signature };
  const contents = [Buffer.alloc(65_536, 'a'), Buffer.alloc(1024, 'a')];

  it('has the signatures of the worked example', () => {
    expect(example.signature).toBe('4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9');
    const body = signedChunks(example, contents, null).toString('latin1');
    expect([...body.matchAll(/chunk-signature=(\w+)/g)].map(([, signature]) => signature)).toEqual([
      'ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648',
      '0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497',
      'b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9',
    ]);
  });

  it('is understood, with and without a trailer', () => {
    const content = 'a'.repeat(66_560);
    expect(decode(signedChunks(example, contents, null), chain, false)).toEqual({ content, trailer: {} });
    const withTrailer = decode(signedChunks(example, contents, 'x-amz-checksum-crc32:AAAAAA=='), chain, true);
    expect(withTrailer).toMatchObject({ content, trailer: { 'x-amz-checksum-crc32': 'AAAAAA==' } });
  });

  const small = signedChunks(
    example,
    [bytes('first'), bytes('second')],
    'x-amz-checksum-crc32:AAAAAA==',
  ).toString('latin1');
  test.each([
    ['with another byte', small.replace('first', 'First')],
    ['with its chunks in another order', swapChunks(small)],
    ['with a chunk left out', small.replace(/^5;.*\r\nfirst\r\n/, '')],
    ['cut off by its signer', `${small.split('\r\n').slice(0, 2).join('\r\n')}\r\n0\r\n\r\n`],
    ['with another trailer', small.replace('AAAAAA==', 'AAAAAQ==')],
    ['without the signature of the trailer', small.replace(/x-amz-trailer-signature.*\r\n/, '')],
    ['without the signature of a chunk', small.replace(/;chunk-signature=\w+/, '')],
  ])('%s is refused', (_, body) => {
    expect(decode(bytes(body), chain, true)).toBe('SignatureDoesNotMatch');
  });
});

function swapChunks(body: string): string {
  const [first, firstContent, second, secondContent, ...rest] = body.split('\r\n');
  return [second, secondContent, first, firstContent, ...rest].join('\r\n');
}
