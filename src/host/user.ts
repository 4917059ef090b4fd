import { userInfo } from 'node:os';

/** The user of this machine that this process runs as. */
export function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return 'unknown'; // a user id without an entry, as containers have
  }
}
