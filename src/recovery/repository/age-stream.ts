import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import type { Content } from '#ports';
import { fileKeyOf, NONCE, newHeader, openingOf } from './age-header.ts';
import type { RecoveryKey } from './contract.ts';
import { NotOpened } from './not-opened.ts';
import { rechunked } from './rechunk.ts';

/**
 * The age format, version 1 (https://c2sp.org/age): a header that keeps the key of the file, then chunks of 64 KiB, each
 * with its number and whether it is the last in the nonce. The header is the library's; the chunks go through the
 * cipher of OpenSSL, which is ten times as fast as the library's own.
 */
export async function* encrypted(content: Content, key: RecoveryKey): Content {
  const { header, fileKey } = await newHeader(key);
  const nonce = randomBytes(NONCE);
  yield Buffer.concat([header, nonce]);
  const payloadKey = payloadKeyOf(fileKey, nonce);
  let number = 0;
  for await (const { bytes, isLast } of rechunked(content, CHUNK)) {
    const cipher = createCipheriv(CIPHER, payloadKey, nonceOf(number, isLast), { authTagLength: TAG });
    yield Buffer.concat([cipher.update(bytes), cipher.final(), cipher.getAuthTag()]);
    number += 1;
  }
}

/** The content of an age file; throws `NotOpened` at the first thing that does not fit. Its end is the true end. */
export async function* decrypted(content: Content, key: RecoveryKey): Content {
  const pieces = content[Symbol.asyncIterator]();
  try {
    const { header, nonce, payload } = await openingOf(pieces);
    const payloadKey = payloadKeyOf(await fileKeyOf(header, key), nonce);
    let number = 0;
    for await (const { bytes, isLast } of rechunked(payload, CHUNK + TAG)) {
      const plain = openChunk(payloadKey, nonceOf(number, isLast), bytes);
      if (plain.length === 0 && number > 0) throw new NotOpened('damaged', 'its last chunk is empty');
      if (plain.length > 0) yield plain;
      number += 1;
    }
  } finally {
    await pieces.return?.();
  }
}

const CIPHER = 'chacha20-poly1305';
const CHUNK = 64 * 1024;
const TAG = 16;

function openChunk(payloadKey: Buffer, nonce: Buffer, bytes: Uint8Array): Buffer {
  if (bytes.length < TAG) throw new NotOpened('damaged', 'it ends within a chunk');
  const decipher = createDecipheriv(CIPHER, payloadKey, nonce, { authTagLength: TAG });
  decipher.setAuthTag(bytes.subarray(bytes.length - TAG));
  const plain = decipher.update(bytes.subarray(0, bytes.length - TAG));
  try {
    decipher.final();
  } catch {
    throw new NotOpened('damaged', 'a chunk was changed, or the file was cut short');
  }
  return plain;
}

const payloadKeyOf = (fileKey: Uint8Array, nonce: Uint8Array): Buffer =>
  Buffer.from(hkdfSync('sha256', fileKey, nonce, 'payload', 32));

/** 11 bytes of the chunk's number, big-endian, then 1 for the last chunk. */
function nonceOf(number: number, isLast: boolean): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeUIntBE(number, 5, 6);
  nonce[11] = isLast ? 1 : 0;
  return nonce;
}
