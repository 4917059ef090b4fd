import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { readOrCreate } from '../files.ts';

/** The secret that the control plane and the router share: a file only their user may read. Errors are thrown. */
export async function tokenIn(folder: string): Promise<string> {
  const path = join(folder, 'admin-token');
  const token = await readOrCreate(path, () => `${randomBytes(32).toString('hex')}\n`);
  await chmod(path, 0o600);
  return token.trim();
}

/** Whether an `authorization` header carries the token; takes the same time wherever they differ. */
export function carries(token: string, authorization: string | undefined): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return token !== '' && timingSafeEqual(digest(`Bearer ${token}`), digest(authorization ?? ''));
}
