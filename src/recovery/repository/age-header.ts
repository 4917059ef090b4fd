import { Decrypter, Encrypter } from 'age-encryption';
import type { Content } from '#ports';
import type { RecoveryKey } from './contract.ts';
import { NotOpened } from './not-opened.ts';

/** The beginning of an age file: its header with the wrapped key, then the nonce of the payload. */
export interface Opening {
  readonly header: Uint8Array;
  readonly nonce: Uint8Array;
  readonly payload: Content;
}

export const NONCE = 16;
/** Ours has some 200 bytes; one with many recipients is longer. */
const LONGEST_HEADER = 64 * 1024;

/** A header for one file, and the key it keeps: the library writes it for a file without content. */
export async function newHeader(key: RecoveryKey): Promise<{ header: Uint8Array; fileKey: Uint8Array }> {
  const encrypter = new Encrypter();
  encrypter.addRecipient(key.recipient);
  const file = Buffer.from(await encrypter.encrypt(new Uint8Array()));
  const header = file.subarray(0, headerLengthOf(file) ?? 0);
  return { header, fileKey: await fileKeyOf(header, key) };
}

/** The key that the header keeps for us; throws `NotOpened`. */
export async function fileKeyOf(header: Uint8Array, key: RecoveryKey): Promise<Uint8Array> {
  const decrypter = new Decrypter();
  decrypter.addIdentity(key.identity);
  try {
    return await decrypter.decryptHeader(header);
  } catch (reason) {
    // The library has no codes. Whether the header is damaged instead is told by the checksum of the file.
    const message = reason instanceof Error ? reason.message : String(reason);
    throw new NotOpened(message.startsWith('no identity matched') ? 'wrong key' : 'damaged', message);
  }
}

/** Takes header and nonce off a file; throws `NotOpened` when it ends before, or has no header. */
export async function openingOf(pieces: AsyncIterator<Uint8Array>): Promise<Opening> {
  let head = Buffer.alloc(0);
  let length: number | null = null;
  while (length === null || head.length < length + NONCE) {
    if (length === null && head.length > LONGEST_HEADER) {
      throw new NotOpened('damaged', 'it has no header of an age file');
    }
    const next = await pieces.next();
    if (next.done === true) throw new NotOpened('damaged', 'it ends within its header');
    head = Buffer.concat([head, next.value]);
    length ??= headerLengthOf(head);
  }
  const start = length + NONCE;
  return {
    header: head.subarray(0, length),
    nonce: head.subarray(length, start),
    payload: behind(head.subarray(start), pieces),
  };
}

async function* behind(first: Uint8Array, pieces: AsyncIterator<Uint8Array>): Content {
  yield first;
  for (let next = await pieces.next(); next.done !== true; next = await pieces.next()) yield next.value;
}

/** Up to and with the line that begins with `---`; null while its end is not there. */
function headerLengthOf(file: Buffer): number | null {
  const last = file.indexOf('\n--- ');
  const end = last === -1 ? -1 : file.indexOf('\n', last + 1);
  return end === -1 ? null : end + 1;
}
