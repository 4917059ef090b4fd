import { open } from 'node:fs/promises';
import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import { fail, ok, type Result } from '#kernel';
import type { RecoveryKey } from './repository/contract.ts';
import { writeNewFile } from './repository/folder-incoming.ts';
import { codeOf, reasonOf } from './repository/stream.ts';

/**
 * The key in a file as `age-keygen` writes it; made, with mode 0600, when it is not there and `create` says so. Failures:
 * `recovery_key_missing` (facts: path), `recovery_key_exposed` (others may read it; facts: path, mode),
 * `recovery_key_damaged` (it is no key, or cannot be read or written; facts: path, reason).
 */
export async function openKey(
  file: string,
  { create }: { readonly create: boolean },
): Promise<Result<RecoveryKey>> {
  const found = await readKey(file);
  if (found.ok || found.error.code !== 'recovery_key_missing' || !create) return found;
  const identity = await generateX25519Identity();
  const recipient = await identityToRecipient(identity);
  try {
    // When another process has made one in the meantime, that one counts.
    await writeNewFile(file, `# public key: ${recipient}\n${identity}\n`);
  } catch (reason) {
    return fail('recovery_key_damaged', { path: file, reason: reasonOf(reason) });
  }
  return readKey(file);
}

async function readKey(path: string): Promise<Result<RecoveryKey>> {
  try {
    const handle = await open(path, 'r');
    try {
      const mode = (await handle.stat()).mode & 0o777;
      if ((mode & 0o077) !== 0) return fail('recovery_key_exposed', { path, mode: mode.toString(8) });
      return await parseKey(path, await handle.readFile('utf8'));
    } finally {
      await handle.close();
    }
  } catch (reason) {
    if (codeOf(reason) === 'ENOENT') return fail('recovery_key_missing', { path });
    return fail('recovery_key_damaged', { path, reason: reasonOf(reason) });
  }
}

/** One identity; comments and empty lines are passed over. What stands in the file is never told. */
async function parseKey(path: string, text: string): Promise<Result<RecoveryKey>> {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '' && !line.startsWith('#'));
  const [line, ...others] = lines;
  if (line === undefined) return fail('recovery_key_damaged', { path, reason: 'there is no key in it' });
  if (others.length > 0)
    return fail('recovery_key_damaged', { path, reason: 'there is more than one key in it' });
  const identity = line.trim();
  try {
    return ok({ identity, recipient: await identityToRecipient(identity) });
  } catch {
    // The library's message may repeat the key.
    return fail('recovery_key_damaged', { path, reason: 'its key is not one that age-keygen writes' });
  }
}
