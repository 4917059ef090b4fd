import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';

/** What a broker knows a user by. */
export interface Credentials {
  readonly key: string;
  readonly secret: string;
}

/** Whose they are. It is authenticated with the text: copied to another row, it does not open. */
export interface Owner {
  readonly userId: string;
  readonly broker: string;
}

const algorithm = 'aes-256-gcm';
const version = 'v1';

/** AES-256-GCM, as `v1.<nonce>.<tag>.<ciphertext>` in base64url. `secret` is BROKER_KEY; its SHA-256 is the key. */
export function seal(credentials: Credentials, owner: Owner, secret: string): string {
  const nonce = randomBytes(12);
  const cipher = createCipheriv(algorithm, keyOf(secret), nonce).setAAD(additional(owner));
  const text = Buffer.concat([cipher.update(JSON.stringify(credentials), 'utf8'), cipher.final()]);
  return [version, ...[nonce, cipher.getAuthTag(), text].map((part) => part.toString('base64url'))].join('.');
}

/** The credentials, or null when the text was changed, is another owner's, or was sealed with another key. */
export function open(sealed: string, owner: Owner, secret: string): Credentials | null {
  const [found, ...parts] = sealed.split('.');
  const bytes = parts.map((part) => Buffer.from(part, 'base64url'));
  // The same bytes may be written in several ways; only ours is taken, so that no character can be changed unseen.
  if (bytes.some((part, index) => part.toString('base64url') !== parts[index])) return null;
  const [nonce, tag, text] = bytes;
  if (
    found !== version ||
    nonce?.length !== 12 ||
    tag?.length !== 16 ||
    text === undefined ||
    parts.length !== 3
  )
    return null;
  try {
    const decipher = createDecipheriv(algorithm, keyOf(secret), nonce)
      .setAAD(additional(owner))
      .setAuthTag(tag);
    const plain = Buffer.concat([decipher.update(text), decipher.final()]).toString('utf8');
    return JSON.parse(plain) as Credentials;
  } catch {
    return null; // GCM tells only that it does not fit, not why
  }
}

const keyOf = (secret: string) => createHash('sha256').update(secret).digest();
/** A user's id has no "/", so that two owners are never written alike. */
const additional = ({ userId, broker }: Owner) => Buffer.from(`${userId}/${broker}`, 'utf8');
