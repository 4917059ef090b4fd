import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { type Algorithm, combineChecksums, startChecksum } from './checksum.ts';
import { CRC32, CRC32C, CRC64NVME, combineCrc, startCrc } from './crc.ts';

function digest(algorithm: Algorithm, content: string | Uint8Array): Buffer {
  const running = startChecksum(algorithm);
  running.update(Buffer.from(content as string));
  return running.digest();
}

describe('checksums', () => {
  // "123456789" is the customary check input; these values stand in the catalogues of CRCs.
  test.each<[Algorithm, string]>([
    ['CRC32', 'cbf43926'],
    ['CRC32C', 'e3069283'],
    ['CRC64NVME', 'ae8b14860a799888'],
    ['SHA1', 'f7c3bc1d808e04732adf679965ccc34ca7ae3441'],
    ['SHA256', '15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225'],
  ])('%s of the customary input is %s', (algorithm, expected) => {
    expect(digest(algorithm, '123456789').toString('hex')).toBe(expected);
  });

  test.each([
    ['CRC32', CRC32],
    ['CRC32C', CRC32C],
    ['CRC64NVME', CRC64NVME],
  ] as const)('%s of two pieces follows from the two without reading them again', (_, kind) => {
    const of = (content: Uint8Array) => {
      const crc = startCrc(kind);
      crc.update(Buffer.from(content));
      return crc.digest();
    };
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.uint8Array({ maxLength: 300 }), (first, second) => {
        const combined = combineCrc(kind, of(first), of(second), second.length);
        expect(combined).toEqual(of(Buffer.concat([first, second])));
      }),
    );
  });

  it('of parts are combined into one that is composite, or of the whole', () => {
    const parts = ['one', 'two!'].map((text) => ({
      value: digest('CRC32C', text).toString('base64'),
      size: text.length,
    }));
    const composite = digest('CRC32C', Buffer.concat([digest('CRC32C', 'one'), digest('CRC32C', 'two!')]));
    expect(combineChecksums('CRC32C', 'COMPOSITE', parts).value).toBe(`${composite.toString('base64')}-2`);
    expect(combineChecksums('CRC32C', 'FULL_OBJECT', parts).value).toBe(
      digest('CRC32C', 'onetwo!').toString('base64'),
    );
  });
});
