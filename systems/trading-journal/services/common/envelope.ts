import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';
import { fail, ok, type Result } from './result.ts';

/** A key that wraps data keys. It never meets what they encrypt. */
export interface WrappingKey {
  /** Tells keys apart without telling them. */
  readonly id: string;
  readonly bytes: Buffer;
}

/** A text encrypted under a data key of its own, and that key, wrapped. */
export interface Sealed {
  readonly keyId: string;
  readonly wrapped: Buffer;
  readonly sealed: Buffer;
}

const nonceBytes = 12;
const tagBytes = 16;
const keyBytes = 32;

/** From a secret of any length (HKDF with SHA-256, RFC 5869). */
export function wrappingKey(secret: string): WrappingKey {
  const bytes = Buffer.from(hkdfSync('sha256', secret, '', 'journal: wraps data keys', keyBytes));
  return { id: createHash('sha256').update(bytes).digest('hex').slice(0, 16), bytes };
}

/** AES-256-GCM. `about` is not hidden but bound: what was sealed about one thing does not open as another. */
export function seal(key: WrappingKey, text: string, about: string): Sealed {
  const dataKey = randomBytes(keyBytes);
  const sealed = encrypt(dataKey, Buffer.from(text), about);
  return { keyId: key.id, wrapped: encrypt(key.bytes, dataKey, about), sealed };
}

/** Failures: `key_unknown` when none of the keys wraps it, `seal_broken` when something was changed. */
export function open(keys: readonly WrappingKey[], sealed: Sealed, about: string): Result<string> {
  const dataKey = unwrap(keys, sealed, about);
  if (!dataKey.ok) return dataKey;
  const text = decrypt(dataKey.value, sealed.sealed, about);
  return text === null ? broken : ok(text.toString());
}

/** The same data key under another wrapping key; what it encrypts is not touched. Failures as of `open`. */
export function rewrap(
  [present, ...before]: readonly [WrappingKey, ...WrappingKey[]],
  sealed: Sealed,
  about: string,
): Result<Sealed> {
  const dataKey = unwrap([present, ...before], sealed, about);
  if (!dataKey.ok) return dataKey;
  return ok({ ...sealed, keyId: present.id, wrapped: encrypt(present.bytes, dataKey.value, about) });
}

const broken = fail('seal_broken', 'What was kept encrypted has been changed, or belongs to something else.');

function unwrap(keys: readonly WrappingKey[], { keyId, wrapped }: Sealed, about: string): Result<Buffer> {
  const key = keys.find(({ id }) => id === keyId);
  if (key === undefined) return fail('key_unknown', `The key ${keyId} is not among those that are known.`);
  const dataKey = decrypt(key.bytes, wrapped, about);
  return dataKey === null ? broken : ok(dataKey);
}

function encrypt(key: Buffer, plain: Buffer, about: string): Buffer {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(about));
  const body = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), body]);
}

function decrypt(key: Buffer, given: Buffer, about: string): Buffer | null {
  const [nonce, tag, body] = [
    given.subarray(0, nonceBytes),
    given.subarray(nonceBytes, nonceBytes + tagBytes),
    given.subarray(nonceBytes + tagBytes),
  ];
  if (tag.length < tagBytes) return null;
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes });
  decipher.setAAD(Buffer.from(about)).setAuthTag(tag);
  try {
    return Buffer.concat([decipher.update(body), decipher.final()]);
  } catch {
    return null; // the tag does not fit
  }
}
