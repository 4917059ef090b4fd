import { readFile, stat } from 'node:fs/promises';
import { type Clock, fail, type Result, seconds } from '#kernel';
import type { EdgeSettings } from '../settings.ts';
import { type Certificate, readCertificate } from './certificate.ts';

type Pair = EdgeSettings['certificates'][number];

/** Told when a pair was read anew, or could not be. */
export type OnRead = (pair: Pair, read: Result<Certificate>) => void;

/** How often the files are looked at. */
const interval = seconds(2);

/**
 * Reads the files now and again whenever one of them changes, until the signal. Looks at them instead of being told by the
 * system: certificates are often put in place by exchanging a link further up, of which the file itself knows nothing.
 * Chain and key are not written at one moment: a pair that does not fit is tried again until it does.
 */
export async function followFiles(
  pairs: readonly Pair[],
  { clock, signal, read }: { readonly clock: Clock; readonly signal: AbortSignal; readonly read: OnRead },
): Promise<void> {
  const seen = new Map<Pair, { readonly stamp: string; readonly shown: string | null }>();
  while (!signal.aborted) {
    for (const pair of pairs) {
      const stamp = await stampOf(pair);
      const before = seen.get(pair);
      if (before?.stamp === stamp && before.shown !== null) continue;
      const found = await readPair(pair);
      const shown = found.ok ? found.value.fingerprint : null;
      const isNews =
        shown === null ? before?.shown !== null || before.stamp !== stamp : shown !== before?.shown;
      seen.set(pair, { stamp, shown });
      if (isNews && !signal.aborted) read(pair, found);
    }
    await clock.sleep(interval, signal);
  }
}

/** Failures: `edge_certificate_unusable` (facts: source, reason). */
export async function readPair({ certificate, key }: Pair): Promise<Result<Certificate>> {
  try {
    const [chain, secret] = await Promise.all([readFile(certificate, 'utf8'), readFile(key, 'utf8')]);
    return readCertificate(chain, secret, certificate);
  } catch (reason) {
    const code = reason instanceof Error && 'code' in reason ? String(reason.code) : String(reason);
    return fail('edge_certificate_unusable', {
      source: certificate,
      reason: `it or its key cannot be opened (${code})`,
    });
  }
}

async function stampOf(pair: Pair): Promise<string> {
  const stamps = await Promise.all(
    [pair.certificate, pair.key].map(async (path) => {
      try {
        const { ino, mtimeMs, size } = await stat(path);
        return `${ino} ${mtimeMs} ${size}`;
      } catch {
        return 'absent'; // readPair says why
      }
    }),
  );
  return stamps.join(', ');
}
