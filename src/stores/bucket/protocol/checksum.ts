import { createHash } from 'node:crypto';
import { ok } from '#kernel';
import { CRC32, CRC32C, CRC64NVME, type CrcKind, combineCrc, startCrc } from './crc.ts';
import { type Answer, refuse } from './refusal.ts';
import type { Headers } from './signature.ts';

export type Algorithm = 'CRC32' | 'CRC32C' | 'CRC64NVME' | 'SHA1' | 'SHA256';

/** A checksum of content, as S3 clients send it and get it back. */
export interface Checksum {
  readonly algorithm: Algorithm;
  /** Base64; for a composite one followed by `-` and the number of parts. */
  readonly value: string;
  /** Over the content itself, or over the checksums of the parts it was uploaded in. */
  readonly type: ChecksumType;
}

export type ChecksumType = 'FULL_OBJECT' | 'COMPOSITE';

interface Kind {
  readonly header: string;
  /** Element in XML documents. */
  readonly element: string;
  readonly bytes: number;
  /** null: a hash, whose parts cannot be combined. */
  readonly crc: CrcKind | null;
}

export const CHECKSUMS = {
  CRC32: { header: 'x-amz-checksum-crc32', element: 'ChecksumCRC32', bytes: 4, crc: CRC32 },
  CRC32C: { header: 'x-amz-checksum-crc32c', element: 'ChecksumCRC32C', bytes: 4, crc: CRC32C },
  CRC64NVME: { header: 'x-amz-checksum-crc64nvme', element: 'ChecksumCRC64NVME', bytes: 8, crc: CRC64NVME },
  SHA1: { header: 'x-amz-checksum-sha1', element: 'ChecksumSHA1', bytes: 20, crc: null },
  SHA256: { header: 'x-amz-checksum-sha256', element: 'ChecksumSHA256', bytes: 32, crc: null },
} as const satisfies Record<Algorithm, Kind>;

export const ALGORITHMS = Object.keys(CHECKSUMS) as readonly Algorithm[];

/** The algorithm of that name, in any case. Failure: `InvalidRequest`. */
export function parseAlgorithm(name: string): Answer<Algorithm> {
  const found = ALGORITHMS.find((algorithm) => algorithm === name.toUpperCase());
  return found === undefined
    ? refuse('InvalidRequest', `The checksum algorithm ${name} is not known.`)
    : ok(found);
}

export interface RunningChecksum {
  update(piece: Buffer): unknown;
  digest(): Buffer;
}

export function startChecksum(algorithm: Algorithm): RunningChecksum {
  const { crc } = CHECKSUMS[algorithm];
  return crc === null ? createHash(algorithm.toLowerCase()) : startCrc(crc);
}

/** A checksum the client announced: its value stands in a header, or will stand in the trailer (null). */
export interface AnnouncedChecksum {
  readonly algorithm: Algorithm;
  readonly value: string | null;
}

/** The checksum that the headers announce; null where there is none. Failures: `InvalidRequest`, `InvalidDigest`. */
export function announcedChecksum(headers: Headers): Answer<AnnouncedChecksum | null> {
  const announced = ALGORITHMS.filter((algorithm) => headers[CHECKSUMS[algorithm].header] !== undefined);
  const inTrailer = headers['x-amz-trailer']?.trim().toLowerCase();
  if (announced.length > 1 || (announced.length === 1 && inTrailer !== undefined)) {
    return refuse('InvalidRequest', 'A request carries one checksum.');
  }
  const [algorithm] = announced;
  if (algorithm !== undefined) {
    const value = headers[CHECKSUMS[algorithm].header] ?? '';
    return isWellFormed(algorithm, value) ? ok({ algorithm, value }) : refuse('InvalidDigest');
  }
  if (inTrailer === undefined) return ok(null);
  const trailing = ALGORITHMS.find((candidate) => CHECKSUMS[candidate].header === inTrailer);
  return trailing === undefined
    ? refuse('InvalidRequest', `The trailer ${inTrailer} is not a known checksum.`)
    : ok({ algorithm: trailing, value: null });
}

function isWellFormed(algorithm: Algorithm, value: string): boolean {
  return (
    /^[A-Za-z0-9+/]+={0,2}$/.test(value) && Buffer.from(value, 'base64').length === CHECKSUMS[algorithm].bytes
  );
}

/** The response headers that tell a checksum. */
export function checksumHeaders(checksum: Checksum | null): Record<string, string> {
  if (checksum === null) return {};
  return { [CHECKSUMS[checksum.algorithm].header]: checksum.value, 'x-amz-checksum-type': checksum.type };
}

/** The checksum of an object from those of its parts. The parts' checksums are base64. */
export function combineChecksums(
  algorithm: Algorithm,
  type: ChecksumType,
  parts: readonly { readonly value: string; readonly size: number }[],
): Checksum {
  const values = parts.map(({ value }): Buffer => Buffer.from(value, 'base64'));
  const { crc } = CHECKSUMS[algorithm];
  if (type === 'FULL_OBJECT' && crc !== null) {
    const whole = values.reduce((sum, value, index) => combineCrc(crc, sum, value, parts[index]?.size ?? 0));
    return { algorithm, value: whole.toString('base64'), type };
  }
  const running = startChecksum(algorithm);
  running.update(Buffer.concat(values));
  return { algorithm, value: `${running.digest().toString('base64')}-${parts.length}`, type: 'COMPOSITE' };
}
