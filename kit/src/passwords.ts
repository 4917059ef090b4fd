import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';

/**
 * 16 MiB and some 200 ms of a processor for each password: the least that OWASP advises for scrypt with this much memory.
 * https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html
 */
const cost: PasswordCost = { N: 16_384, r: 8, p: 5 };
const keyBytes = 32;

/** scrypt's cost, block size and parallelization (RFC 7914). */
export interface PasswordCost {
  readonly N: number;
  readonly r: number;
  readonly p: number;
}

/** `scrypt$N$r$p$salt$key`: the cost stands with the hash, so that it can be raised without locking anybody out. */
export async function hashPassword(password: string, costs: PasswordCost = cost): Promise<string> {
  const salt = randomBytes(16);
  const key = await derive(password, salt, costs);
  return ['scrypt', costs.N, costs.r, costs.p, salt.toString('base64url'), key.toString('base64url')].join(
    '$',
  );
}

/** Takes as long when there is nothing to compare with (null), so that nobody learns who has an account. */
export async function isPassword(password: string, stored: string | null): Promise<boolean> {
  const [, N, r, p, salt = '', key = ''] = (stored ?? nobodys).split('$');
  const costs = { N: Number(N), r: Number(r), p: Number(p) };
  const derived = await derive(password, Buffer.from(salt, 'base64url'), costs);
  const expected = Buffer.from(key, 'base64url');
  return stored !== null && expected.length === keyBytes && timingSafeEqual(derived, expected);
}

const nobodys = `scrypt$${cost.N}$${cost.r}$${cost.p}$AAAAAAAAAAAAAAAAAAAAAA$`;

/** The same letters are the same password, however a keyboard composes them. */
function derive(password: string, salt: Buffer, { N, r, p }: PasswordCost): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password.normalize('NFKC'), salt, keyBytes, { N, r, p }, (reason, key) =>
      reason === null ? resolve(key) : reject(reason),
    );
  });
}
