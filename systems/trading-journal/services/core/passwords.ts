import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';

/** Cost, block size and parallelization: 16 MiB and some 50 ms per password (OWASP's smallest advice for scrypt is near). */
const cost = { N: 16_384, r: 8, p: 1 } as const;
const keyBytes = 32;

/** `scrypt$N$r$p$salt$key`, so that the cost can be raised without locking anybody out. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  const key = await derive(password, salt, cost);
  return ['scrypt', cost.N, cost.r, cost.p, salt.toString('base64url'), key.toString('base64url')].join('$');
}

/** Takes as long for a user that is not there (null), so that nobody learns who is. */
export async function checkPassword(password: string, stored: string | null): Promise<boolean> {
  const [, n, r, p, salt = '', key = ''] = (stored ?? nobody).split('$');
  const expected = Buffer.from(key, 'base64url');
  const derived = await derive(password, Buffer.from(salt, 'base64url'), {
    N: Number(n),
    r: Number(r),
    p: Number(p),
  });
  return stored !== null && expected.length === keyBytes && timingSafeEqual(derived, expected);
}

const nobody = `scrypt$${cost.N}$${cost.r}$${cost.p}$AAAAAAAAAAAAAAAAAAAAAA$`;

function derive(
  password: string,
  salt: Buffer,
  { N, r, p }: { N: number; r: number; p: number },
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password.normalize('NFKC'), salt, keyBytes, { N, r, p }, (reason, key) =>
      reason === null ? resolve(key) : reject(reason),
    );
  });
}
